import { AccountRootPrincipal, Effect, PolicyStatement, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { APP } from '../../protocol/names.ts';

/**
 * Actions that IAM policies may give the account's administrators on any key: to look after it, and not to use it. They
 * are named, and not `kms:*`, so that no policy of an administrator includes Decrypt or Sign.
 */
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:GetKeyPolicy',
  // CloudFormation reads it of any key, and so does Config; of an asymmetric one the answer is no.
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];
const ROTATION = [
  'kms:DisableKeyRotation',
  'kms:EnableKeyRotation',
  'kms:ListKeyRotations',
  'kms:RotateKeyOnDemand',
];

export function administration(options: { rotates: boolean }): PolicyStatement {
  return new PolicyStatement({
    sid: 'AdministerKey',
    principals: [new AccountRootPrincipal()],
    actions: options.rotates ? [...ADMINISTRATION, ...ROTATION] : ADMINISTRATION,
    resources: ['*'],
  });
}

/** Lets exactly these principals use a key for exactly these actions. */
export function use(
  sid: string,
  principals: IPrincipal[],
  actions: string[],
  conditions: Record<string, unknown> = {},
): PolicyStatement {
  return new PolicyStatement({ sid, principals, actions, resources: ['*'], conditions });
}

export function deny(sid: string, principals: IPrincipal[], actions: string[]): PolicyStatement {
  return new PolicyStatement({ sid, effect: Effect.DENY, principals, actions, resources: ['*'] });
}

/** Only ciphertexts of this app and stage: two stages that came to share a key could still not open each other's. */
export const contextOf = (stage: string): Record<string, unknown> => ({
  StringEquals: { 'kms:EncryptionContext:app': APP, 'kms:EncryptionContext:stage': stage },
});
