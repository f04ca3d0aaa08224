import type { ConditionContext, Principal } from '../../engine/contracts/identity.ts';
import type { Authorizer } from '../../engine/contracts/policy.ts';
import type { KmsKey } from './keys.ts';

/**
 * A key is its policy's: identity policies count only where the key policy hands the decision to the account
 * (https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html).
 *
 * @param operation such as `Decrypt`.
 * @throws AwsError `AccessDenied`
 */
export function requireKeyAccess(
  authorizer: Authorizer,
  principal: Principal,
  operation: string,
  key: KmsKey,
  extra: ConditionContext = {},
): void {
  const action = `kms:${operation}`;
  const context = {
    'kms:CallerAccount': principal.account,
    'kms:KeySpec': key.spec,
    'kms:KeyUsage': key.usage,
    'kms:ResourceAliases': key.aliases,
    ...extra,
  };
  const access = { action, resource: key.arn, context };
  const byKey = authorizer.resourceVerdict(principal, access, key.policy);
  const byIdentity = authorizer.identityVerdict(principal, access);
  if (byKey === 'deny' || byIdentity === 'deny') {
    throw authorizer.denied(principal, action, key.arn, 'with an explicit deny');
  }
  if (byKey === 'allow' || (byKey === 'delegated' && byIdentity === 'allow')) return;
  const lacking = byKey === 'delegated' ? 'identity-based' : 'resource-based';
  throw authorizer.denied(
    principal,
    action,
    key.arn,
    `because no ${lacking} policy allows the ${action} action`,
  );
}
