import { randomBytes } from 'node:crypto';
import {
  AwsError,
  type ConditionContext,
  type Credentials,
  type GatewayRequest,
  type Identities,
  type IssueOptions,
  type Principal,
  type Resource,
  type Resources,
} from '../../engine/contracts.ts';
import { iamUniqueId } from '../../engine/assembly/physical-ids.ts';
import { StateFile } from '../../engine/state.ts';
import { newSecret } from './secret.ts';
import { readScope, verifySignature, type SignedScope } from '../../engine/sigv4.ts';
import { LOCAL_OPERATOR, type LocalUsers, type User } from './users.ts';

/** IAM is one service for all regions; requests to it are signed for this one. */
const GLOBAL_REGION = 'us-east-1';

interface Temporary {
  readonly secret: string;
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

interface RoleSession extends Temporary {
  readonly role: string;
  readonly roleArn: string;
  readonly roleId: string;
  readonly name: string;
  readonly context: ConditionContext;
}

/** Of GetSessionToken: the user, with or without proof of a second factor. */
interface UserSession extends Temporary {
  readonly user: string;
  /** When the second factor was shown, in milliseconds since the epoch. */
  readonly mfa?: number;
}

interface Stored {
  readonly sessions: Readonly<Record<string, RoleSession | UserSession>>;
}

/** Who signs requests: users with their access keys, and sessions, which outlive a restart as virtual machines do. */
export class LocalIdentities implements Identities {
  private readonly file: StateFile<Stored>;
  private readonly account: string;
  private readonly region: string;
  private readonly resources: Resources;
  private readonly users: LocalUsers;
  private stored: Stored;

  constructor(options: {
    state: string;
    account: string;
    region: string;
    resources: Resources;
    users: LocalUsers;
  }) {
    this.account = options.account;
    this.region = options.region;
    this.resources = options.resources;
    this.users = options.users;
    this.file = new StateFile<Stored>(options.state, 'identities.json', { sessions: {} });
    this.stored = { sessions: this.file.read().sessions };
    this.file.write(this.stored);
  }

  operator(): Credentials {
    const key = this.users.get(LOCAL_OPERATOR).keys[0];
    if (key === undefined) throw new Error(`${LOCAL_OPERATOR} has no access key`);
    return { accessKeyId: key.id, secretAccessKey: key.secret };
  }

  /** The role of this name or ARN, if a template has it. */
  role(nameOrArn: string): Resource | undefined {
    return this.resources
      .ofType('AWS::IAM::Role')
      .find((role) => role.physicalId === nameOrArn || role.attribute('Arn') === nameOrArn);
  }

  issue(role: string, sessionName: string, options: IssueOptions = {}): Credentials {
    const resource = this.role(role);
    if (resource === undefined) throw new Error(`no template has a role ${role}`);
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) throw new Error(`not a session name: ${sessionName}`);
    return this.keep({
      ...temporary(options.durationSeconds ?? 3600),
      role: resource.physicalId,
      roleArn: String(resource.attribute('Arn')),
      roleId: String(resource.attribute('RoleId')),
      name: sessionName,
      context: options.context ?? {},
    });
  }

  /** Makes a session of a user. @param mfa whether a second factor was shown, just now. */
  issueToUser(user: string, durationSeconds: number, mfa: boolean): Credentials {
    return this.keep({ ...temporary(durationSeconds), user, ...(mfa && { mfa: Date.now() }) });
  }

  /**
   * Finds out who signed a request, and for which service.
   *
   * @throws AwsError for a missing, wrong, expired or unknown signature.
   */
  verify(request: GatewayRequest, now: number = Date.now()): { principal: Principal; scope: SignedScope } {
    const scope = readScope(request);
    const global = scope.service === 'iam' && scope.region === GLOBAL_REGION;
    const region = global ? GLOBAL_REGION : this.region;
    const key = this.users.byAccessKey(scope.accessKeyId);
    if (key !== undefined) {
      verifySignature(request, scope, key.secret, region, now);
      return { principal: this.userPrincipal(key.user, scope.accessKeyId), scope };
    }
    const { sessions } = this.stored;
    const session = Object.hasOwn(sessions, scope.accessKeyId) ? sessions[scope.accessKeyId] : undefined;
    if (session === undefined || request.headers['x-amz-security-token'] !== session.token)
      throw unknownToken();
    verifySignature(request, scope, session.secret, region, now);
    if (session.expires <= now) {
      throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
    }
    return { principal: this.sessionPrincipal(session, scope.accessKeyId, now), scope };
  }

  private keep(session: RoleSession | UserSession): Credentials {
    const now = Date.now();
    const accessKeyId = iamUniqueId('ASIA');
    const live = Object.entries(this.stored.sessions).filter(([, { expires }]) => expires > now - KEPT_MS);
    this.stored = { sessions: { ...Object.fromEntries(live), [accessKeyId]: session } };
    this.file.write(this.stored);
    return {
      accessKeyId,
      secretAccessKey: session.secret,
      sessionToken: session.token,
      expiration: new Date(session.expires),
    };
  }

  private userPrincipal({ name, id }: User, accessKeyId: string, more: ConditionContext = {}): Principal {
    const arn = `arn:aws:iam::${this.account}:user/${name}`;
    const context = { 'aws:username': name, ...more };
    const { account } = this;
    return { type: 'user', arn, identityArn: arn, account, userId: id, accessKeyId, userName: name, context };
  }

  private sessionPrincipal(session: RoleSession | UserSession, accessKeyId: string, now: number): Principal {
    if ('user' in session) {
      const user = this.users.find(session.user);
      if (user === undefined) throw unknownToken();
      return this.userPrincipal(user, accessKeyId, secondFactor(session.mfa, now));
    }
    // A role session says nothing of a second factor, whatever its trust policy asked for.
    return {
      type: 'role',
      arn: `arn:aws:sts::${this.account}:assumed-role/${session.role}/${session.name}`,
      identityArn: session.roleArn,
      account: this.account,
      userId: `${session.roleId}:${session.name}`,
      accessKeyId,
      roleName: session.role,
      sessionName: session.name,
      context: session.context,
    };
  }
}

/** An expired session is told so for a while, and unknown after that. */
const KEPT_MS = 24 * 3600_000;

/**
 * Condition keys of temporary credentials of a user. Long-lived keys have neither of them
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
 */
export function secondFactor(shown: number | undefined, now: number): ConditionContext {
  if (shown === undefined) return { 'aws:MultiFactorAuthPresent': 'false' };
  const age = Math.max(0, Math.floor((now - shown) / 1000));
  return { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': String(age) };
}

function temporary(durationSeconds: number): Temporary {
  return {
    secret: newSecret(),
    token: randomBytes(96).toString('base64'),
    expires: Date.now() + durationSeconds * 1000,
  };
}

function unknownToken(): AwsError {
  return new AwsError('UnrecognizedClient', 'The security token included in the request is invalid.', 403);
}
