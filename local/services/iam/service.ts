import { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { Principal } from '../../engine/contracts/identity.ts';
import type { Authorizer } from '../../engine/contracts/policy.ts';
import type { AccountRegion, Resources } from '../../engine/contracts/resources.ts';
import type { ServiceHandler } from '../../engine/contracts/services.ts';
import { queryParameters, queryResponse } from '../../engine/query-protocol.ts';
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
import { AttachedPolicies } from './evaluation/attached-policies.ts';
import { TemplateAuthorizer } from './evaluation/authorizer.ts';
import { LocalIdentities } from './identities.ts';
import { MfaDevices } from './store/mfa-devices.ts';
import { SessionStore } from './store/sessions.ts';
import { LocalUsers } from './store/users.ts';

export { LOCAL_OPERATOR } from './store/users.ts';
export type { LocalIdentities } from './identities.ts';
export type { LocalUsers } from './store/users.ts';
export type { MfaDevices } from './store/mfa-devices.ts';

const NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/';

/** The actions of the IAM API that the local cloud answers. */
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

export interface IamOptions extends AccountRegion {
  readonly state: string;
  readonly resources: Resources;
  readonly log: (line: string) => void;
}

/**
 * AWS IAM: users, groups, keys, MFA devices and attachments; roles are the templates'. Query protocol. Also everything
 * that the other services ask of identity: who signed a request, what the policies say of it, and sessions of roles.
 */
export class IamService implements ServiceHandler {
  readonly users: LocalUsers;
  readonly mfa: MfaDevices;
  readonly identities: LocalIdentities;
  readonly authorizer: Authorizer;
  private readonly iam: Iam;

  constructor({ state, account, region, resources, log }: IamOptions) {
    const users = new LocalUsers(state);
    const mfa = new MfaDevices(state, account);
    const policies = new AttachedPolicies(resources, users, log);
    const authorizer = new TemplateAuthorizer(policies, region, log);
    const sessions = new SessionStore(state);
    const identities = new LocalIdentities({ account, region, resources, users, sessions, mfa, authorizer });
    this.users = users;
    this.mfa = mfa;
    this.identities = identities;
    this.authorizer = authorizer;
    this.iam = { account, users, mfa, identities, policies, authorizer };
  }

  handle(request: HttpRequest, principal: Principal): Promise<HttpResponse> {
    const input = queryParameters(request.body);
    const name = input.get('Action') ?? '';
    const action = ACTIONS.get(name);
    if (action === undefined) {
      throw new AwsError('InvalidAction', `Could not find operation ${name} for version 2010-05-08`);
    }
    requireSecondFactor(principal);
    return Promise.resolve(queryResponse(NAMESPACE, name, action(this.iam, { input, principal })));
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
