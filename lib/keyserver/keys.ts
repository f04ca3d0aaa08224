import {
  AccountRootPrincipal,
  PolicyDocument,
  type IPrincipal,
  type IRole,
  type PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Alias, Key, KeySpec, KeyUsage, type KeyProps } from 'aws-cdk-lib/aws-kms';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { administration, contextOf, deny, use } from '../platform/key-policy.ts';
import { accessRoleArn, roleArn } from '../platform/role-names.ts';

export interface KeysProps {
  readonly stage: string;
  readonly keyserverRole: IRole;
  /** Further roles that may decrypt recovery passphrases. */
  readonly custodians: readonly IPrincipal[];
}

/** Calls of the keyserver on the seal key; the same list is in the key's policy and in its role's. */
export const SEAL_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt', 'kms:Encrypt'];
/** Actions by which the operator service binds a sealed key to another instance, without ever seeing the key. */
export const RESEAL_ACTIONS = ['kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/** The three keys of a stage. Losing one loses data or trust: they are kept when the stack goes, unless its creation failed. */
export class Keys extends Construct {
  /** Seals disk keys. Symmetric, rotated every year. */
  readonly seal: Key;
  /** Signs delegations; images pin its public half. P-256. */
  readonly signing: Key;
  /** Recovery passphrases are encrypted to its public half. RSA 4096. */
  readonly recovery: Key;

  constructor(scope: Construct, id: string, props: KeysProps) {
    super(scope, id);
    this.seal = this.key('Seal', props.stage, sealPolicy(props), {
      description: `Sealroot ${props.stage}: seals disk keys`,
      enableKeyRotation: true,
    });
    this.signing = this.key('Signing', props.stage, signingPolicy(props), {
      description: `Sealroot ${props.stage}: signs the keyserver's delegations`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
    });
    this.recovery = this.key('Recovery', props.stage, recoveryPolicy(props), {
      description: `Sealroot ${props.stage}: recovery passphrases, for custodians only`,
      keySpec: KeySpec.RSA_4096,
      keyUsage: KeyUsage.ENCRYPT_DECRYPT,
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
      aliasName: `alias/sealroot-${stage}-${name.toLowerCase()}`,
      targetKey: key,
    });
    return key;
  }
}

function sealPolicy({ stage, keyserverRole }: KeysProps): PolicyStatement[] {
  const conditions = contextOf(stage);
  // The operator's role is made later than this key, and a policy may name only principals that exist.
  const operator = { ArnEquals: { 'aws:PrincipalArn': roleArn(stage, 'operator') } };
  return [
    administration({ rotates: true }),
    use('KeyserverSeals', [keyserverRole], SEAL_ACTIONS, conditions),
    use('OperatorReseals', [new AccountRootPrincipal()], RESEAL_ACTIONS, { ...conditions, ...operator }),
  ];
}

function signingPolicy({ keyserverRole }: KeysProps): PolicyStatement[] {
  return [
    administration({ rotates: false }),
    use('KeyserverSigns', [keyserverRole], ['kms:Sign'], {
      StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256' },
    }),
    use('ReadPublicKey', [new AccountRootPrincipal()], ['kms:GetPublicKey']),
  ];
}

function recoveryPolicy({ stage, keyserverRole, custodians }: KeysProps): PolicyStatement[] {
  // The custodian's role is made later than this key, and a policy may name only principals that exist.
  const custodian = { ArnEquals: { 'aws:PrincipalArn': accessRoleArn(stage, 'custodian') } };
  const statements = [
    administration({ rotates: false }),
    use('ReadPublicKey', [new AccountRootPrincipal()], ['kms:GetPublicKey']),
    use('CustodianRecovers', [new AccountRootPrincipal()], ['kms:Decrypt'], custodian),
    // The service that hands out disk keys cannot open recovery passphrases, whatever else is allowed later.
    deny('DenyDecryptToKeyserver', [keyserverRole], ['kms:Decrypt']),
  ];
  if (custodians.length === 0) return statements;
  return [...statements, use('CustodiansRecover', [...custodians], ['kms:Decrypt'])];
}
