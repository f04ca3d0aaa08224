import { randomUUID } from 'node:crypto';
import { escapeXml, xml } from '../answers.ts';
import {
  AwsError,
  type ConditionContext,
  type GatewayRequest,
  type GatewayResponse,
  type Principal,
  type ServiceHandler,
} from '../contracts.ts';
import type { TemplateAuthorizer } from '../iam/authorizer.ts';
import type { LocalIdentities } from '../iam/identities.ts';
import type { PolicyDocument } from '../iam/policy.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
/** A session made by a session lasts an hour at most, whatever the role allows. */
const CHAINED_MAXIMUM_SECONDS = 3600;

/** Proves a second factor: answers the condition keys that the proof adds, or throws AwsError. */
export type SecondFactor = (principal: Principal, serial: string, code: string) => ConditionContext;

/** AWS STS, Query protocol (https://docs.aws.amazon.com/STS/latest/APIReference/). */
export class StsService implements ServiceHandler {
  private readonly identities: LocalIdentities;
  private readonly authorizer: TemplateAuthorizer;
  private readonly secondFactor: SecondFactor;

  /** @param secondFactor without it every code is wrong. */
  constructor(
    identities: LocalIdentities,
    authorizer: TemplateAuthorizer,
    secondFactor: SecondFactor = noDevice,
  ) {
    this.identities = identities;
    this.authorizer = authorizer;
    this.secondFactor = secondFactor;
  }

  handle(request: GatewayRequest, principal: Principal): Promise<GatewayResponse> {
    const input = new URLSearchParams(request.body.toString('utf8'));
    const action = input.get('Action') ?? '';
    switch (action) {
      case 'GetCallerIdentity':
        // Needs no permission, and no policy can take it away.
        return Promise.resolve(
          answer(action, { Arn: principal.arn, UserId: principal.userId, Account: principal.account }),
        );
      case 'AssumeRole':
        return Promise.resolve(this.assumeRole(input, principal));
      default:
        throw new AwsError('InvalidAction', `the local STS does not know ${action}`);
    }
  }

  private assumeRole(input: URLSearchParams, principal: Principal): GatewayResponse {
    const arn = required(input, 'RoleArn');
    const name = required(input, 'RoleSessionName');
    if (!/^[\w+=,.@-]{2,64}$/.test(name)) throw new AwsError('ValidationError', 'RoleSessionName');
    const serial = input.get('SerialNumber');
    const factor = serial === null ? {} : this.secondFactor(principal, serial, input.get('TokenCode') ?? '');
    const role = this.identities.role(arn);
    const trust = role?.properties['AssumeRolePolicyDocument'] as PolicyDocument | undefined;
    // A role that is not there and one that does not trust the caller look the same.
    if (
      role === undefined ||
      !this.trusts(principal, arn, trust ?? {}, { ...factor, 'sts:RoleSessionName': name })
    ) {
      throw this.authorizer.denied(principal, 'sts:AssumeRole', arn, '');
    }
    const maximum = Number(role.properties['MaxSessionDuration'] ?? 3600);
    const durationSeconds = duration(input.get('DurationSeconds'), maximum, principal);
    // No second factor in the session's own context: a session from AssumeRole carries none on AWS either.
    const credentials = this.identities.issue(arn, name, { durationSeconds });
    const roleId = String(role.attribute('RoleId'));
    return answer('AssumeRole', {
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken ?? '',
        Expiration: credentials.expiration?.toISOString() ?? '',
      },
      AssumedRoleUser: {
        Arn: `arn:aws:sts::${principal.account}:assumed-role/${role.physicalId}/${name}`,
        AssumedRoleId: `${roleId}:${name}`,
      },
    });
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

function noDevice(): never {
  throw new AwsError(
    'AccessDenied',
    'MultiFactorAuthentication failed, the local cloud has no MFA device for this caller.',
    403,
  );
}

function duration(text: string | null, maximum: number, principal: Principal): number {
  const limit = principal.type === 'role' ? Math.min(maximum, CHAINED_MAXIMUM_SECONDS) : maximum;
  const seconds = text === null ? 3600 : Number(text);
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > limit) {
    throw new AwsError(
      'ValidationError',
      `The requested DurationSeconds exceeds the ${String(limit)} seconds set for this role, or is less than 900.`,
    );
  }
  return seconds;
}

function required(input: URLSearchParams, name: string): string {
  const value = input.get(name);
  if (value === null || value === '') throw new AwsError('ValidationError', `${name} is missing`);
  return value;
}

interface Members {
  readonly [name: string]: string | Members;
}

function answer(action: string, result: Members): GatewayResponse {
  return xml(
    200,
    `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${members(result)}</${action}Result>` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
  );
}

function members(value: Members): string {
  return Object.entries(value)
    .map(([name, member]) => {
      const inner = typeof member === 'string' ? escapeXml(member) : members(member);
      return `<${name}>${inner}</${name}>`;
    })
    .join('');
}
