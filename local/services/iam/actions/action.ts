import type { QueryParameters } from '../../../engine/query-parameters.ts';
import { AwsError } from '../../../engine/contracts/errors.ts';
import type { ConditionContext, Principal } from '../../../engine/contracts/identity.ts';
import type { Authorizer } from '../../../engine/contracts/policy.ts';
import type { Element } from '../../../engine/query-protocol.ts';
import type { AttachedPolicies } from '../evaluation/attached-policies.ts';
import type { LocalIdentities } from '../identities.ts';
import type { MfaDevices } from '../store/mfa-devices.ts';
import type { LocalUsers } from '../store/users.ts';

/** The identity state that actions read and change. */
export interface Iam {
  readonly account: string;
  readonly users: LocalUsers;
  readonly mfa: MfaDevices;
  readonly identities: LocalIdentities;
  readonly policies: AttachedPolicies;
  readonly authorizer: Authorizer;
}

export interface IamRequest {
  readonly input: QueryParameters;
  readonly principal: Principal;
}

/** Does what was asked and gives the content of the answer, if there is any. @throws AwsError */
export type IamAction = (iam: Iam, request: IamRequest) => Element | undefined;

/**
 * @param resource what follows the account in the ARN, such as `user/alice`; `*` for actions that name none.
 * @throws AwsError `AccessDenied`
 */
export function authorize(
  { account, authorizer }: Iam,
  { input, principal }: IamRequest,
  resource: string,
  context: ConditionContext = {},
): void {
  const arn = resource === '*' ? '*' : `arn:aws:iam::${account}:${resource}`;
  authorizer.require(principal, `iam:${input.get('Action') ?? ''}`, arn, context);
}

/** The user that is named, else the one who asks. @throws AwsError `ValidationError` */
export function userName({ input, principal }: IamRequest): string {
  const name = input.get('UserName') ?? principal.userName;
  if (name !== undefined) return name;
  throw new AwsError('ValidationError', 'Must specify userName when calling with non-User credentials');
}

/** The part of a serial number that a policy names: `mfa/NAME`. */
export const deviceOf = (serial: string): string => serial.replace(/^arn:aws:iam::\d+:/, '');
