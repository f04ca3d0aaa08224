import { AwsError } from '../../../engine/contracts/errors.ts';
import type { ConditionContext, Principal } from '../../../engine/contracts/identity.ts';
import type { Access, Authorizer, PolicyDocument, Verdict } from '../../../engine/contracts/policy.ts';
import type { AttachedPolicies } from './attached-policies.ts';
import { evaluate, type NamedPrincipal } from './policy.ts';

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

  identityVerdict(principal: Principal, access: Access): Verdict {
    const complete = this.complete(principal, access);
    const verdict = evaluate(this.policies(principal), complete, this.log);
    const byBoundary = this.boundaryVerdict(principal, complete);
    // Its explicit deny counts even where no identity policy allows: a resource policy may.
    if (byBoundary === 'deny') return 'deny';
    return verdict === 'allow' ? byBoundary : verdict;
  }

  resourceVerdict(principal: Principal, access: Access, policy: PolicyDocument): Verdict {
    const complete = this.complete(principal, access);
    const named: NamedPrincipal = {
      arns: [principal.arn, principal.identityArn],
      account: principal.account,
    };
    const verdict = evaluate([policy], complete, this.log, named);
    // Rights that a resource policy gives to a role need the role's boundary too. AWS excepts policies that name
    // the session; none here does.
    if (verdict !== 'allow' || this.boundaryVerdict(principal, complete) === 'allow') return verdict;
    return 'none';
  }

  serviceVerdict(service: string, access: Access, policy: PolicyDocument): Verdict {
    const context = {
      ...this.requestContext(),
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': service,
      ...access.context,
    };
    return evaluate([policy], { ...access, context }, this.log, { arns: [], account: '', service });
  }

  private requestContext(): ConditionContext {
    const now = new Date();
    return {
      'aws:CurrentTime': now.toISOString(),
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
      'aws:RequestedRegion': this.region,
      // Loopback stands in for the TLS endpoint.
      'aws:SecureTransport': 'true',
    };
  }

  /** Condition keys of every request; those of the credentials come last but one, so no caller sets them. */
  private globalContext(principal: Principal): ConditionContext {
    return {
      ...this.requestContext(),
      'aws:PrincipalAccount': principal.account,
      'aws:PrincipalArn': principal.identityArn,
      'aws:PrincipalIsAWSService': 'false',
      'aws:ViaAWSService': 'false',
      'aws:PrincipalType': principal.type === 'role' ? 'AssumedRole' : 'User',
      'aws:userid': principal.userId,
      ...principal.context,
    };
  }

  private policies({ roleName, userName }: Principal): readonly PolicyDocument[] {
    if (roleName !== undefined) return this.attached.ofRole(roleName);
    return userName === undefined ? [] : this.attached.ofUser(userName);
  }

  private complete(principal: Principal, access: Access): Access {
    return { ...access, context: { ...this.globalContext(principal), ...access.context } };
  }

  /** `allow` where there is no boundary. */
  private boundaryVerdict(principal: Principal, complete: Access): Verdict {
    const boundary = this.boundary(principal);
    return boundary === undefined ? 'allow' : evaluate([boundary], complete, this.log);
  }

  private boundary({ roleName }: Principal): PolicyDocument | undefined {
    return roleName === undefined ? undefined : this.attached.boundaryOfRole(roleName);
  }
}
