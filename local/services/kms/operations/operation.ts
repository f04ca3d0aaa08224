import { AwsError } from '../../../engine/contracts/errors.ts';
import type { Principal } from '../../../engine/contracts/identity.ts';
import type { Authorizer } from '../../../engine/contracts/policy.ts';
import type { Input } from '../input.ts';
import type { KmsKey, KmsKeys } from '../keys.ts';

/** State that an operation works on. */
export interface Kms {
  readonly keys: KmsKeys;
  readonly authorizer: Authorizer;
}

/** Does what was asked and gives the content of the answer. @throws AwsError */
export type Operation = (kms: Kms, input: Input, principal: Principal) => object;

/** A key that can be used now, for what it is meant for. @throws AwsError with KMS's own codes */
export function usable(
  { keys }: Kms,
  reference: unknown,
  operation: string,
  usage?: KmsKey['usage'],
): KmsKey {
  const key = keys.find(reference);
  if (!key.enabled) throw new AwsError('DisabledException', `${key.arn} is disabled.`);
  if (usage !== undefined && key.usage !== usage) {
    throw new AwsError(
      'InvalidKeyUsageException',
      `${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`,
    );
  }
  return key;
}
