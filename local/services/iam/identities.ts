import { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpRequest } from '../../engine/contracts/http.ts';
import type {
  Authenticator,
  ConditionContext,
  Credentials,
  IssueOptions,
  Principal,
  ServiceSessions,
  SessionIssuer,
} from '../../engine/contracts/identity.ts';
import type { Authorizer, PolicyDocument } from '../../engine/contracts/policy.ts';
import type { AccountRegion, Resource, Resources } from '../../engine/contracts/resources.ts';
import { readScope, verifySignature } from '../../engine/sigv4.ts';
import type { MfaDevices } from './store/mfa-devices.ts';
import type { Session, SessionStore } from './store/sessions.ts';
import { LOCAL_OPERATOR, type LocalUsers, type User } from './store/users.ts';

/** IAM is one service for all regions; requests to it are signed for this one. */
const GLOBAL_REGION = 'us-east-1';
const DEFAULT_SECONDS = 3600;

interface Dependencies extends AccountRegion {
  readonly resources: Resources;
  readonly users: LocalUsers;
  readonly sessions: SessionStore;
  readonly mfa: MfaDevices;
  readonly authorizer: Authorizer;
}

/** Everybody who can sign a request: users with their access keys, and sessions of users and roles. */
export class LocalIdentities implements Authenticator, ServiceSessions, SessionIssuer {
  private readonly on: Dependencies;

  constructor(dependencies: Dependencies) {
    this.on = dependencies;
  }

  /** The static keys of the IAM user `local-operator`, an administrator who has shown no second factor. */
  operator(): Credentials {
    const key = this.on.users.get(LOCAL_OPERATOR).keys[0];
    if (key === undefined) throw new Error(`${LOCAL_OPERATOR} has no access key`);
    return { accessKeyId: key.id, secretAccessKey: key.secret };
  }

  role(nameOrArn: string): Resource | undefined {
    return this.on.resources
      .ofType('AWS::IAM::Role')
      .find((role) => role.physicalId === nameOrArn || role.attribute('Arn') === nameOrArn);
  }

  issue(role: string, sessionName: string, options: IssueOptions = {}): Credentials {
    const resource = this.requireRole(role);
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) throw new Error(`not a session name: ${sessionName}`);
    const facts = {
      role: resource.physicalId,
      roleArn: String(resource.attribute('Arn')),
      roleId: String(resource.attribute('RoleId')),
      name: sessionName,
      context: options.context ?? {},
    };
    return this.on.sessions.create(facts, options.durationSeconds ?? DEFAULT_SECONDS);
  }

  issueToService(service: string, role: string, sessionName: string, options?: IssueOptions): Credentials {
    const resource = this.requireRole(role);
    const access = { action: 'sts:AssumeRole', resource: String(resource.attribute('Arn')), context: {} };
    const trust = (resource.properties['AssumeRolePolicyDocument'] ?? {}) as PolicyDocument;
    if (this.on.authorizer.serviceVerdict(service, access, trust) !== 'allow') {
      throw new Error(`role ${role} does not trust ${service}`);
    }
    return this.issue(role, sessionName, options);
  }

  issueToUser(user: string, durationSeconds: number, secondFactor: boolean): Credentials {
    return this.on.sessions.create({ user, ...(secondFactor && { mfa: Date.now() }) }, durationSeconds);
  }

  proveSecondFactor(user: string | undefined, serial: string, code: string): ConditionContext {
    this.on.mfa.prove(user, serial, code);
    const now = Date.now();
    return secondFactorKeys(now, now);
  }

  /** @param now milliseconds since the epoch. */
  verify(request: HttpRequest, now: number = Date.now()): { principal: Principal; service: string } {
    const scope = readScope(request);
    const { service, accessKeyId } = scope;
    const global = service === 'iam' && scope.region === GLOBAL_REGION;
    const region = global ? GLOBAL_REGION : this.on.region;
    const key = this.on.users.byAccessKey(accessKeyId);
    if (key !== undefined) {
      verifySignature(request, scope, key.secret, region, now);
      return { principal: this.userPrincipal(key.user, accessKeyId), service };
    }
    const session = this.on.sessions.find(accessKeyId);
    if (session === undefined || request.headers['x-amz-security-token'] !== session.token)
      throw unknownToken();
    verifySignature(request, scope, session.secret, region, now);
    if (session.expires <= now) {
      throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
    }
    return { principal: this.sessionPrincipal(session, accessKeyId, now), service };
  }

  private requireRole(role: string): Resource {
    const resource = this.role(role);
    if (resource === undefined) throw new Error(`no template has a role ${role}`);
    return resource;
  }

  private userPrincipal({ name, id }: User, accessKeyId: string, more: ConditionContext = {}): Principal {
    const { account } = this.on;
    const arn = `arn:aws:iam::${account}:user/${name}`;
    const context = { 'aws:username': name, ...more };
    return { type: 'user', arn, identityArn: arn, account, userId: id, accessKeyId, userName: name, context };
  }

  private sessionPrincipal(session: Session, accessKeyId: string, now: number): Principal {
    const { account } = this.on;
    if ('user' in session) {
      const user = this.on.users.find(session.user);
      if (user === undefined) throw unknownToken();
      return this.userPrincipal(user, accessKeyId, secondFactorKeys(session.mfa, now));
    }
    // A role session says nothing of a second factor, whatever its trust policy asked for.
    return {
      type: 'role',
      arn: `arn:aws:sts::${account}:assumed-role/${session.role}/${session.name}`,
      identityArn: session.roleArn,
      account,
      userId: `${session.roleId}:${session.name}`,
      accessKeyId,
      roleName: session.role,
      sessionName: session.name,
      context: session.context,
    };
  }
}

/**
 * Condition keys of temporary credentials of a user. Long-lived keys have neither of them
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
 */
function secondFactorKeys(shown: number | undefined, now: number): ConditionContext {
  if (shown === undefined) return { 'aws:MultiFactorAuthPresent': 'false' };
  const age = Math.max(0, Math.floor((now - shown) / 1000));
  return { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': String(age) };
}

function unknownToken(): AwsError {
  return new AwsError('UnrecognizedClient', 'The security token included in the request is invalid.', 403);
}
