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
} from '../contracts.ts';
import { iamUniqueId } from '../assembly/physical-ids.ts';
import { StateFile } from '../state.ts';
import { readScope, verifySignature, type SignedScope } from './sigv4.ts';

const OPERATOR = 'local-operator';

interface Session {
  readonly secret: string;
  readonly token: string;
  readonly role: string;
  readonly roleArn: string;
  readonly roleId: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly context: ConditionContext;
}

interface Stored {
  readonly operator: { readonly accessKeyId: string; readonly secret: string; readonly userId: string };
  readonly sessions: Readonly<Record<string, Session>>;
}

/** Access keys of the operator and of role sessions. Both outlive a restart, because virtual machines do. */
export class LocalIdentities implements Identities {
  private readonly file: StateFile<Stored>;
  private readonly account: string;
  private readonly region: string;
  private readonly resources: Resources;
  private stored: Stored;

  constructor(options: { state: string; account: string; region: string; resources: Resources }) {
    this.account = options.account;
    this.region = options.region;
    this.resources = options.resources;
    this.file = new StateFile(options.state, 'identities.json', {
      operator: { accessKeyId: iamUniqueId('AKIA'), secret: newSecret(), userId: iamUniqueId('AIDA') },
      sessions: {},
    });
    this.stored = this.file.read();
    this.file.write(this.stored);
  }

  operator(): Credentials {
    const { accessKeyId, secret } = this.stored.operator;
    return { accessKeyId, secretAccessKey: secret };
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
    const now = Date.now();
    const accessKeyId = iamUniqueId('ASIA');
    const session: Session = {
      secret: newSecret(),
      token: randomBytes(96).toString('base64'),
      role: resource.physicalId,
      roleArn: String(resource.attribute('Arn')),
      roleId: String(resource.attribute('RoleId')),
      name: sessionName,
      expires: now + (options.durationSeconds ?? 3600) * 1000,
      context: options.context ?? {},
    };
    const live = Object.entries(this.stored.sessions).filter(([, { expires }]) => expires > now);
    this.stored = { ...this.stored, sessions: { ...Object.fromEntries(live), [accessKeyId]: session } };
    this.file.write(this.stored);
    return {
      accessKeyId,
      secretAccessKey: session.secret,
      sessionToken: session.token,
      expiration: new Date(session.expires),
    };
  }

  /**
   * Finds out who signed a request, and for which service.
   *
   * @throws AwsError for a missing, wrong, expired or unknown signature.
   */
  verify(request: GatewayRequest, now: number = Date.now()): { principal: Principal; scope: SignedScope } {
    const scope = readScope(request);
    const { operator, sessions } = this.stored;
    if (scope.accessKeyId === operator.accessKeyId) {
      verifySignature(request, scope, operator.secret, this.region, now);
      return { principal: this.operatorPrincipal(), scope };
    }
    const session = Object.hasOwn(sessions, scope.accessKeyId) ? sessions[scope.accessKeyId] : undefined;
    if (session === undefined || request.headers['x-amz-security-token'] !== session.token) {
      throw new AwsError('UnrecognizedClient', 'The security token included in the request is invalid.', 403);
    }
    verifySignature(request, scope, session.secret, this.region, now);
    if (session.expires <= now) {
      throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
    }
    return { principal: this.sessionPrincipal(session, scope.accessKeyId), scope };
  }

  private operatorPrincipal(): Principal {
    const { accessKeyId, userId } = this.stored.operator;
    const arn = `arn:aws:iam::${this.account}:user/${OPERATOR}`;
    const context = { 'aws:username': OPERATOR };
    return { type: 'user', arn, identityArn: arn, account: this.account, userId, accessKeyId, context };
  }

  private sessionPrincipal(session: Session, accessKeyId: string): Principal {
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

function newSecret(): string {
  return randomBytes(30).toString('base64');
}
