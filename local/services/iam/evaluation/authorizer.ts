import {
  AwsError,
  type Authorizer,
  type ConditionContext,
  type Principal,
} from '../../../engine/contracts.ts';
import type { AttachedPolicies } from './attached-policies.ts';
import { evaluate, type Access, type NamedPrincipal, type PolicyDocument, type Verdict } from './policy.ts';

/** Decides by the policies in the templates, and those that the IAM service attached. */
export class TemplateAuthorizer implements Authorizer {
  private readonly attached: AttachedPolicies;
  private readonly region: string;
  private readonly log: (line: string) => void;

  constructor(attached: AttachedPolicies, region: string, log: (line: string) => void) {
    this.attached = attached;
    this.region = region;
    this.log = log;
  }

  allows(principal: Principal, action: string, resource: string, context: ConditionContext = {}): boolean {
    return this.identityVerdict(principal, { action, resource, context }) === 'allow';
  }

  /** @throws AwsError `AccessDenied`, worded as AWS does. */
  require(principal: Principal, action: string, resource: string, context: ConditionContext = {}): void {
    const verdict = this.identityVerdict(principal, { action, resource, context });
    if (verdict !== 'allow') {
      throw this.denied(
        principal,
        action,
        resource,
        verdict === 'deny'
          ? 'with an explicit deny in an identity-based policy'
          : `because no identity-based policy allows the ${action} action`,
      );
    }
  }

  denied(principal: Principal, action: string, resource: string, why: string): AwsError {
    this.log(`denied ${principal.arn} ${action} on ${resource}: ${why}`);
    const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
    return new AwsError('AccessDenied', message, 403);
  }

  /** What the caller's own policies say, cut down by a permissions boundary where the role has one. */
  identityVerdict(principal: Principal, access: Access): Verdict {
    const complete = { ...access, context: { ...this.globalContext(principal), ...access.context } };
    const verdict = evaluate(this.policies(principal), complete, this.log);
    if (verdict !== 'allow') return verdict;
    const boundary = this.boundary(principal);
    return boundary === undefined ? verdict : evaluate([boundary], complete, this.log);
  }

  /** What a policy of a resource or an endpoint says of this caller. */
  resourceVerdict(principal: Principal, access: Access, policy: PolicyDocument): Verdict {
    const complete = { ...access, context: { ...this.globalContext(principal), ...access.context } };
    const named: NamedPrincipal = {
      arns: [principal.arn, principal.identityArn],
      account: principal.account,
    };
    return evaluate([policy], complete, this.log, named);
  }

  /** Condition keys of every request; those of the credentials come last but one, so no caller sets them. */
  private globalContext(principal: Principal): ConditionContext {
    const now = new Date();
    return {
      'aws:CurrentTime': now.toISOString(),
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
      'aws:PrincipalAccount': principal.account,
      'aws:PrincipalArn': principal.identityArn,
      'aws:PrincipalIsAWSService': 'false',
      'aws:PrincipalType': principal.type === 'role' ? 'AssumedRole' : 'User',
      'aws:RequestedRegion': this.region,
      // Loopback stands in for the TLS endpoint.
      'aws:SecureTransport': 'true',
      'aws:userid': principal.userId,
      ...principal.context,
    };
  }

  private policies({ roleName, userName }: Principal): readonly PolicyDocument[] {
    if (roleName !== undefined) return this.attached.ofRole(roleName);
    return userName === undefined ? [] : this.attached.ofUser(userName);
  }

  private boundary({ roleName }: Principal): PolicyDocument | undefined {
    return roleName === undefined ? undefined : this.attached.boundaryOfRole(roleName);
  }
}
