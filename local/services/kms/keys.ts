import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { PolicyDocument } from '../../engine/contracts/policy.ts';
import type { AccountRegion, Resources } from '../../engine/contracts/resources.ts';
import { StateFile } from '../../engine/state.ts';
import { accountKeys } from './account-keys.ts';

/** Key material as stored: 32 bytes in base64, or PKCS #8 in PEM. */
type Stored = Readonly<
  Record<string, { readonly spec: string; readonly created: number; readonly material: string }>
>;

/** A key without its material. */
export interface KeyDefinition {
  readonly id: string;
  readonly arn: string;
  readonly spec: 'SYMMETRIC_DEFAULT' | 'ECC_NIST_P256' | 'RSA_2048' | 'RSA_3072' | 'RSA_4096';
  readonly usage: 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY';
  readonly enabled: boolean;
  readonly description: string;
  readonly policy: PolicyDocument;
  readonly aliases: readonly string[];
  /** Manager of the key: the account, or AWS for one of its services. */
  readonly manager: 'AWS' | 'CUSTOMER';
}

export interface KmsKey extends KeyDefinition {
  /** Seconds since the epoch. */
  readonly created: number;
  /** 32 bytes; only of a symmetric key. */
  secret(): Buffer;
  /** Only of an asymmetric key. */
  privateKey(): KeyObject;
}

/**
 * The keys of the account and their material, which is in `kms.json`: this file stands in for the HSMs, and
 * everything that the local cloud sealed can be opened with it.
 */
export class KmsKeys {
  private readonly file: StateFile<Stored>;
  private readonly keys: readonly KmsKey[];
  private stored: Stored;

  constructor(state: string, home: AccountRegion, resources: Resources) {
    this.file = new StateFile<Stored>(state, 'kms.json', {});
    this.stored = this.file.read();
    const definitions = [...templateKeys(resources), ...accountKeys(home, resources)];
    const known = this.stored;
    this.keys = definitions.map((definition) => this.open(definition));
    if (this.stored !== known) this.file.write(this.stored);
  }

  all(): readonly KmsKey[] {
    return this.keys;
  }

  /** @param reference key id, key ARN, alias name or alias ARN. */
  find(reference: unknown): KmsKey {
    if (typeof reference !== 'string' || reference === '') {
      throw new AwsError('ValidationException', 'KeyId must not be null');
    }
    const [, , , region, account, resource] = reference.startsWith('arn:') ? reference.split(':') : [];
    const name = resource?.replace(/^key\//, '') ?? reference;
    const key = this.keys.find(
      ({ id, arn, aliases }) =>
        (id === name || aliases.includes(name)) &&
        (resource === undefined || arn.startsWith(`arn:aws:kms:${region ?? ''}:${account ?? ''}:`)),
    );
    if (key === undefined) throw new AwsError('NotFoundException', `Key '${reference}' does not exist`);
    return key;
  }

  private open(definition: KeyDefinition): KmsKey {
    const { id, arn, spec } = definition;
    const known = this.stored[id] ?? this.create(id, spec);
    if (known.spec !== spec) {
      throw new Error(`KMS key ${arn} is ${spec} in the template and ${known.spec} in kms.json`);
    }
    return {
      ...definition,
      created: known.created,
      secret: () => Buffer.from(known.material, 'base64'),
      privateKey: () => createPrivateKey(known.material),
    };
  }

  private create(id: string, spec: KmsKey['spec']): Stored[string] {
    const created = { spec, created: Math.floor(Date.now() / 1000), material: newMaterial(spec) };
    this.stored = { ...this.stored, [id]: created };
    return created;
  }
}

function templateKeys(resources: Resources): readonly KeyDefinition[] {
  const aliases = resources.ofType('AWS::KMS::Alias');
  return resources.ofType('AWS::KMS::Key').map((resource) => {
    const { properties, physicalId: id } = resource;
    const arn = String(resource.attribute('Arn'));
    return {
      id,
      arn,
      spec: (properties['KeySpec'] ?? 'SYMMETRIC_DEFAULT') as KeyDefinition['spec'],
      usage: (properties['KeyUsage'] ?? 'ENCRYPT_DECRYPT') as KeyDefinition['usage'],
      enabled: properties['Enabled'] !== false,
      manager: 'CUSTOMER',
      description: typeof properties['Description'] === 'string' ? properties['Description'] : '',
      policy: properties['KeyPolicy'] ?? {},
      aliases: aliases
        .filter(({ properties: alias }) => alias['TargetKeyId'] === arn || alias['TargetKeyId'] === id)
        .map((alias) => alias.physicalId),
    };
  });
}

function newMaterial(spec: string): string {
  if (spec === 'SYMMETRIC_DEFAULT') return randomBytes(32).toString('base64');
  const { privateKey } = newPair(spec);
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function newPair(spec: string): { privateKey: KeyObject } {
  const rsa = /^RSA_(2048|3072|4096)$/.exec(spec);
  if (rsa !== null) return generateKeyPairSync('rsa', { modulusLength: Number(rsa[1]) });
  if (spec === 'ECC_NIST_P256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  throw new Error(`the local KMS has no keys of spec ${spec}`);
}
