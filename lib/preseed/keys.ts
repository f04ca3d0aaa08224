import { AccountRootPrincipal, PolicyDocument, type IRole, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, Key, KeySpec, KeyUsage, type KeyProps } from 'aws-cdk-lib/aws-kms';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { contextOf, administration, use } from '../platform/key-policy.ts';
import { roleArn } from '../platform/role-names.ts';

export interface PreseedKeysProps {
  readonly stage: string;
  readonly preseedRole: IRole;
}

export type PreseedPurpose = 'preseed-message' | 'preseed-secret';

/**
 * The two keys of preseeding. They are its own: whoever could make this service sign anything could still not make a
 * release of a disk key of it, and nothing that it can open is a disk key.
 */
export class PreseedKeys extends Construct {
  /** Seals messages and secrets at rest. Symmetric, rotated every year. */
  readonly seal: Key;
  /** Signs delegations; images pin its public half. P-256. */
  readonly signing: Key;

  constructor(scope: Construct, id: string, props: PreseedKeysProps) {
    super(scope, id);
    this.seal = this.key('Seal', props.stage, sealPolicy(props), {
      description: `Sealroot ${props.stage}: seals preseed messages`,
      enableKeyRotation: true,
    });
    this.signing = this.key('Signing', props.stage, signingPolicy(props), {
      description: `Sealroot ${props.stage}: signs the preseed service's delegations`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
    });
  }

  private key(name: string, stage: string, statements: PolicyStatement[], props: KeyProps): Key {
    const policy = new PolicyDocument({ statements });
    const key = new Key(this, name, {
      ...props,
      policy,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    new Alias(this, `${name}Alias`, {
      aliasName: `alias/sealroot-${stage}-preseed-${name.toLowerCase()}`,
      targetKey: key,
    });
    return key;
  }
}

/** Ciphertexts of these purposes, each bound to one server: a context without one is not served. */
export function preseedContext(stage: string, ...purposes: PreseedPurpose[]): Record<string, unknown> {
  const { StringEquals } = contextOf(stage) as { StringEquals: Record<string, unknown> };
  return {
    StringEquals: { ...StringEquals, 'kms:EncryptionContext:purpose': purposes },
    StringLike: { 'kms:EncryptionContext:server': 'srv-*' },
  };
}

function sealPolicy({ stage, preseedRole }: PreseedKeysProps): PolicyStatement[] {
  // The operator's role is made later than this key, and a policy may name only principals that exist.
  const operator = { ArnEquals: { 'aws:PrincipalArn': roleArn(stage, 'operator') } };
  return [
    administration({ rotates: true }),
    use(
      'PreseedOpens',
      [preseedRole],
      ['kms:Decrypt'],
      preseedContext(stage, 'preseed-message', 'preseed-secret'),
    ),
    use(
      'PreseedDrawsSecrets',
      [preseedRole],
      ['kms:GenerateDataKey'],
      preseedContext(stage, 'preseed-secret'),
    ),
    // The publisher cannot read back what it published.
    use('OperatorSealsMessages', [new AccountRootPrincipal()], ['kms:GenerateDataKey'], {
      ...preseedContext(stage, 'preseed-message'),
      ...operator,
    }),
  ];
}

function signingPolicy({ preseedRole }: PreseedKeysProps): PolicyStatement[] {
  return [
    administration({ rotates: false }),
    use('PreseedSigns', [preseedRole], ['kms:Sign'], {
      StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256' },
    }),
    use('ReadPublicKey', [new AccountRootPrincipal()], ['kms:GetPublicKey']),
  ];
}
