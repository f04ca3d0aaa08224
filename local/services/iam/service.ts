import {
  AwsError,
  type GatewayRequest,
  type GatewayResponse,
  type Principal,
  type ServiceHandler,
} from '../../engine/contracts.ts';
import { queryAnswer } from '../../engine/query-protocol.ts';
import type { Iam, IamAction } from './actions/action.ts';
import {
  createVirtualMfaDevice,
  deactivateMfaDevice,
  deleteVirtualMfaDevice,
  enableMfaDevice,
  listMfaDevices,
  listVirtualMfaDevices,
  resyncMfaDevice,
} from './actions/mfa.ts';
import {
  attachUserPolicy,
  detachUserPolicy,
  listAttachedGroupPolicies,
  listAttachedUserPolicies,
} from './actions/policies.ts';
import {
  addUserToGroup,
  createAccessKey,
  createGroup,
  createUser,
  deleteAccessKey,
  getRole,
  getUser,
  listAccessKeys,
  listGroupsForUser,
  removeUserFromGroup,
} from './actions/users.ts';

const NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/';

/** What of the IAM API is answered here. */
const ACTIONS: ReadonlyMap<string, IamAction> = new Map([
  ['AddUserToGroup', addUserToGroup],
  ['AttachUserPolicy', attachUserPolicy],
  ['CreateAccessKey', createAccessKey],
  ['CreateGroup', createGroup],
  ['CreateUser', createUser],
  ['CreateVirtualMFADevice', createVirtualMfaDevice],
  ['DeactivateMFADevice', deactivateMfaDevice],
  ['DeleteAccessKey', deleteAccessKey],
  ['DeleteVirtualMFADevice', deleteVirtualMfaDevice],
  ['DetachUserPolicy', detachUserPolicy],
  ['EnableMFADevice', enableMfaDevice],
  ['GetRole', getRole],
  ['GetUser', getUser],
  ['ListAccessKeys', listAccessKeys],
  ['ListAttachedGroupPolicies', listAttachedGroupPolicies],
  ['ListAttachedUserPolicies', listAttachedUserPolicies],
  ['ListGroupsForUser', listGroupsForUser],
  ['ListMFADevices', listMfaDevices],
  ['ListVirtualMFADevices', listVirtualMfaDevices],
  ['RemoveUserFromGroup', removeUserFromGroup],
  ['ResyncMFADevice', resyncMfaDevice],
]);

/** AWS IAM: users, groups, keys, MFA devices and attachments; roles are the templates'. Query protocol. */
export class IamService implements ServiceHandler {
  private readonly iam: Iam;

  constructor(iam: Iam) {
    this.iam = iam;
  }

  handle(request: GatewayRequest, principal: Principal): Promise<GatewayResponse> {
    const input = new URLSearchParams(request.body.toString('utf8'));
    const name = input.get('Action') ?? '';
    const action = ACTIONS.get(name);
    if (action === undefined) {
      throw new AwsError('InvalidAction', `Could not find operation ${name} for version 2010-05-08`);
    }
    requireSecondFactor(principal);
    return Promise.resolve(queryAnswer(NAMESPACE, name, action(this.iam, { input, principal })));
  }
}

/**
 * A session from GetSessionToken may call IAM only when a second factor was shown for it
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html).
 */
function requireSecondFactor({ type, accessKeyId, context }: Principal): void {
  if (type !== 'user' || !accessKeyId.startsWith('ASIA')) return;
  if (context['aws:MultiFactorAuthPresent'] === 'true') return;
  throw new AwsError('UnrecognizedClient', 'The security token included in the request is invalid', 403);
}
