import type { QueryParameters } from '../../engine/query-parameters.ts';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type {
  ConditionContext,
  Credentials,
  Principal,
  SessionIssuer,
} from '../../engine/contracts/identity.ts';
import type { Authorizer, PolicyDocument } from '../../engine/contracts/policy.ts';
import type { ServiceHandler } from '../../engine/contracts/services.ts';
import { constraint, queryParameters, queryResponse, type Element } from '../../engine/query-protocol.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Seconds. */
const SHORTEST = 900;
const LONGEST_ROLE = 43_200;
const LONGEST_USER = 129_600;
const DEFAULT_ROLE = 3600;
const DEFAULT_USER = 43_200;
/** A session made by a role session lasts an hour at most, whatever the role allows. */
const LONGEST_CHAINED = 3600;

/** AWS STS, Query protocol (https://docs.aws.amazon.com/STS/latest/APIReference/). */
export class StsService implements ServiceHandler {
  private readonly sessions: SessionIssuer;
  private readonly authorizer: Authorizer;

  constructor(sessions: SessionIssuer, authorizer: Authorizer) {
    this.sessions = sessions;
    this.authorizer = authorizer;
  }

  handle(request: HttpRequest, principal: Principal): Promise<HttpResponse> {
    const input = queryParameters(request.body);
    const action = input.get('Action') ?? '';
    switch (action) {
      case 'GetCallerIdentity': {
        // Needs no permission, and no policy can take it away.
        const { arn, userId, account } = principal;
        return answered(action, { Arn: arn, UserId: userId, Account: account });
      }
      case 'AssumeRole':
        return answered(action, this.assumeRole(input, principal));
      case 'GetSessionToken':
        return answered(action, this.getSessionToken(input, principal));
      default:
        throw new AwsError('InvalidAction', `Could not find operation ${action} for version 2011-06-15`);
    }
  }

  private assumeRole(input: QueryParameters, principal: Principal): Element {
    refuseUnknown(input);
    const arn = input.require('RoleArn');
    const name = input.require('RoleSessionName');
    if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
      throw constraint(
        name,
        'RoleSessionName',
        'Member must satisfy regular expression pattern: [\\w+=,.@-]*',
      );
    }
    const seconds = input.integer('DurationSeconds', SHORTEST, LONGEST_ROLE) ?? DEFAULT_ROLE;
    const shown = this.prove(input, principal) ?? {};
    const role = this.sessions.role(arn);
    const trust = (role?.properties['AssumeRolePolicyDocument'] ?? {}) as PolicyDocument;
    const externalId = input.get('ExternalId');
    const context = { ...shown, 'sts:RoleSessionName': name, 'sts:ExternalId': externalId };
    // A role that is not there and one that does not trust the caller look the same.
    if (role === undefined || !this.trusts(principal, arn, trust, context)) {
      throw this.authorizer.denied(principal, 'sts:AssumeRole', arn, '');
    }
    requireShortEnough(seconds, Number(role.properties['MaxSessionDuration'] ?? DEFAULT_ROLE), principal);
    const credentials = this.sessions.issue(arn, name, { durationSeconds: seconds });
    return {
      Credentials: members(credentials),
      AssumedRoleUser: {
        Arn: `arn:aws:sts::${principal.account}:assumed-role/${role.physicalId}/${name}`,
        AssumedRoleId: `${String(role.attribute('RoleId'))}:${name}`,
      },
    };
  }

  private getSessionToken(input: QueryParameters, principal: Principal): Element {
    const { userName, accessKeyId } = principal;
    if (userName === undefined || accessKeyId.startsWith('ASIA')) {
      throw new AwsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403);
    }
    const seconds = input.integer('DurationSeconds', SHORTEST, LONGEST_USER) ?? DEFAULT_USER;
    const shown = this.prove(input, principal) !== undefined;
    // Needs no permission; a policy can deny it, though.
    const access = { action: 'sts:GetSessionToken', resource: '*', context: {} };
    if (this.authorizer.identityVerdict(principal, access) === 'deny') {
      const why = 'with an explicit deny in an identity-based policy';
      throw this.authorizer.denied(principal, access.action, access.resource, why);
    }
    return { Credentials: members(this.sessions.issueToUser(userName, seconds, shown)) };
  }

  /**
   * Checks the second factor, if one is shown. Its code is spent then, whatever comes of the request.
   *
   * @returns the condition keys of a request that shows it; undefined when none is shown.
   * @throws AwsError `AccessDenied`, `ValidationError`
   */
  private prove(input: QueryParameters, { userName }: Principal): ConditionContext | undefined {
    const serial = input.get('SerialNumber');
    const code = input.get('TokenCode');
    if (serial === undefined && code === undefined) return undefined;
    if (serial === undefined || code === undefined) {
      const message =
        'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.';
      throw new AwsError('AccessDenied', message, 403);
    }
    if (!/^\d{6}$/.test(code)) {
      const broken = /^\d*$/.test(code)
        ? `Member must have length ${code.length < 6 ? 'greater' : 'less'} than or equal to 6`
        : 'Member must satisfy regular expression pattern: [\\d]*';
      throw constraint(code, 'TokenCode', broken);
    }
    return this.sessions.proveSecondFactor(userName, serial, code);
  }

  private trusts(
    principal: Principal,
    role: string,
    trust: PolicyDocument,
    context: ConditionContext,
  ): boolean {
    const access = { action: 'sts:AssumeRole', resource: role, context };
    const byRole = this.authorizer.resourceVerdict(principal, access, trust);
    const byIdentity = this.authorizer.identityVerdict(principal, access);
    if (byRole === 'deny' || byIdentity === 'deny') return false;
    return byRole === 'allow' || (byRole === 'delegated' && byIdentity === 'allow');
  }
}

/** The parameters of AssumeRole that the local STS understands. */
const ASSUME_ROLE =
  /^(Action|Version|RoleArn|RoleSessionName|DurationSeconds|ExternalId|SerialNumber|TokenCode)$/;

/**
 * A parameter that nobody looks at could be one that was to take rights away: a session policy, tags that policies ask
 * for.
 *
 * @throws AwsError `ValidationError`
 */
function refuseUnknown(input: QueryParameters): void {
  const unknown = input.names().find((name) => !ASSUME_ROLE.test(name));
  if (unknown !== undefined) {
    throw new AwsError('ValidationError', `the local STS does not know the parameter ${unknown}`);
  }
}

const answered = (action: string, result: Element): Promise<HttpResponse> =>
  Promise.resolve(queryResponse(NAMESPACE, action, result));

function members(credentials: Credentials): Element {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiration?.toISOString(),
  };
}

function requireShortEnough(seconds: number, maximum: number, principal: Principal): void {
  const exceeds = (what: string): AwsError =>
    new AwsError('ValidationError', `The requested DurationSeconds exceeds the ${what}.`);
  if (principal.type === 'role' && seconds > LONGEST_CHAINED) {
    throw exceeds('1 hour session limit for roles assumed by role chaining');
  }
  if (seconds > maximum) throw exceeds('MaxSessionDuration set for this role');
}
