import {
  AwsError,
  type Authorizer,
  type ConditionContext,
  type Principal,
  type Resource,
  type Resources,
} from '../contracts.ts';
import { evaluate, type Access, type NamedPrincipal, type PolicyDocument, type Verdict } from './policy.ts';

const ADMINISTRATOR: PolicyDocument = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

interface InlinePolicy {
  readonly PolicyDocument: PolicyDocument;
}

/** Decides by the policies in the templates. */
export class TemplateAuthorizer implements Authorizer {
  private readonly resources: Resources;
  private readonly region: string;
  private readonly log: (line: string) => void;
  private readonly byRole = new Map<string, readonly PolicyDocument[]>();

  constructor(resources: Resources, region: string, log: (line: string) => void) {
    this.resources = resources;
    this.region = region;
    this.log = log;
  }

  allows(principal: Principal, action: string, resource: string, context: ConditionContext = {}): boolean {
    return this.identityVerdict(principal, { action, resource, context }) === 'allow';
  }

  /** @throws AwsError `AccessDenied`, worded as AWS does. */
  require(principal: Principal, action: string, resource: string, context: ConditionContext = {}): void {
    if (!this.allows(principal, action, resource, context)) {
      throw this.denied(principal, action, resource, 'because no identity-based policy allows the action');
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

  private policies(principal: Principal): readonly PolicyDocument[] {
    if (principal.roleName === undefined) return [ADMINISTRATOR];
    const known = this.byRole.get(principal.roleName);
    if (known !== undefined) return known;
    const found = this.collect(principal.roleName);
    this.byRole.set(principal.roleName, found);
    return found;
  }

  private collect(roleName: string): readonly PolicyDocument[] {
    const role = this.roleResource(roleName);
    const inline = (role?.properties['Policies'] ?? []) as readonly InlinePolicy[];
    const attached = [
      ...this.resources.ofType('AWS::IAM::Policy'),
      ...this.resources.ofType('AWS::IAM::ManagedPolicy'),
      ...this.resources.ofType('AWS::IAM::RolePolicy'),
    ].filter(({ properties }) => {
      const roles = (properties['Roles'] ?? [properties['RoleName']]) as readonly unknown[];
      return roles.includes(roleName);
    });
    return [
      ...inline.map((policy) => policy.PolicyDocument),
      ...attached.map(({ properties }) => properties['PolicyDocument'] as PolicyDocument),
      ...this.managed(roleName, (role?.properties['ManagedPolicyArns'] ?? []) as readonly string[]),
    ];
  }

  private managed(roleName: string, arns: readonly string[]): readonly PolicyDocument[] {
    return arns.flatMap((arn) => {
      const policy = this.managedPolicy(arn);
      if (policy === undefined)
        this.log(`${roleName}: ${arn} is not in the templates and grants nothing here`);
      return policy === undefined ? [] : [policy];
    });
  }

  private boundary({ roleName }: Principal): PolicyDocument | undefined {
    const arn =
      roleName === undefined ? undefined : this.roleResource(roleName)?.properties['PermissionsBoundary'];
    if (typeof arn !== 'string') return undefined;
    // A boundary that is not there bounds everything.
    return this.managedPolicy(arn) ?? {};
  }

  private managedPolicy(arn: string): PolicyDocument | undefined {
    const policy = this.resources
      .ofType('AWS::IAM::ManagedPolicy')
      .find(({ physicalId }) => physicalId === arn);
    return policy?.properties['PolicyDocument'] as PolicyDocument | undefined;
  }

  private roleResource(name: string): Resource | undefined {
    return this.resources.ofType('AWS::IAM::Role').find(({ physicalId }) => physicalId === name);
  }
}
