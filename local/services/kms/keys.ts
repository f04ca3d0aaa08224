import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { PolicyDocument } from '../../engine/contracts/policy.ts';
import type { Resource, Resources } from '../../engine/contracts/resources.ts';
import { StateFile } from '../../engine/state.ts';

/** Key material as stored: 32 bytes in base64, or PKCS #8 in PEM. */
type Stored = Readonly<
  Record<string, { readonly spec: string; readonly created: number; readonly material: string }>
>;

/** A KMS key of the templates. */
export interface KmsKey {
  readonly id: string;
  readonly arn: string;
  readonly spec: 'SYMMETRIC_DEFAULT' | 'ECC_NIST_P256' | 'RSA_2048' | 'RSA_3072' | 'RSA_4096';
  readonly usage: 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY';
  readonly enabled: boolean;
  readonly description: string;
  readonly policy: PolicyDocument;
  readonly aliases: readonly string[];
  /** Seconds since the epoch. */
  readonly created: number;
  /** 32 bytes; only of a symmetric key. */
  secret(): Buffer;
  /** Only of an asymmetric key. */
  privateKey(): KeyObject;
}

/**
 * The keys of the templates and their material, which is in `kms.json`: this file stands in for the HSMs, and
 * everything that the local cloud sealed can be opened with it.
 */
export class KmsKeys {
  private readonly file: StateFile<Stored>;
  private readonly keys: readonly KmsKey[];
  private stored: Stored;

  constructor(state: string, resources: Resources) {
    this.file = new StateFile<Stored>(state, 'kms.json', {});
    this.stored = this.file.read();
    const aliases = resources.ofType('AWS::KMS::Alias');
    const known = this.stored;
    this.keys = resources.ofType('AWS::KMS::Key').map((resource) => this.open(resource, aliases));
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

  private open(resource: Resource, aliases: readonly Resource[]): KmsKey {
    const { properties, physicalId: id } = resource;
    const spec = (properties['KeySpec'] ?? 'SYMMETRIC_DEFAULT') as KmsKey['spec'];
    const arn = String(resource.attribute('Arn'));
    const known = this.stored[id] ?? this.create(id, spec);
    if (known.spec !== spec) {
      throw new Error(
        `KMS key ${resource.logicalId} is ${spec} in the template and ${known.spec} in kms.json`,
      );
    }
    return {
      id,
      arn,
      spec,
      usage: (properties['KeyUsage'] ?? 'ENCRYPT_DECRYPT') as KmsKey['usage'],
      enabled: properties['Enabled'] !== false,
      description: typeof properties['Description'] === 'string' ? properties['Description'] : '',
      policy: properties['KeyPolicy'] ?? {},
      aliases: aliases
        .filter(({ properties: alias }) => alias['TargetKeyId'] === arn || alias['TargetKeyId'] === id)
        .map((alias) => alias.physicalId),
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
