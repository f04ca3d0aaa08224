import type { AwsError } from './errors.ts';
import type { ConditionContext, Principal } from './identity.ts';

/** `{operator: {key: value or values}}` of a policy statement. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface PolicyDocument {
  readonly Statement?: Statement | readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Condition?: ConditionBlock;
}

/** One action on one resource, with everything that conditions may ask for. */
export interface Access {
  /** Such as `ec2:RunInstances`. */
  readonly action: string;
  /** ARN, or `*` for an action that names none. */
  readonly resource: string;
  readonly context: ConditionContext;
}

/**
 * `deny`: a statement denies. `allow`: one allows. `delegated`: a resource policy allows the account, which leaves it
 * to the caller's identity policies. `none`: nothing applies.
 */
export type Verdict = 'allow' | 'delegated' | 'none' | 'deny';

/** IAM as the other services ask it: who may do what. */
export interface Authorizer {
  /** @returns false unless a statement of the caller's identity policies allows it and none denies it. */
  allows(principal: Principal, action: string, resource: string, context?: ConditionContext): boolean;
  /** Like `allows`. @throws AwsError `AccessDenied`, worded as AWS does. */
  require(principal: Principal, action: string, resource: string, context?: ConditionContext): void;
  /** The refusal of a caller, logged. @param why such as `with an explicit deny in an identity-based policy`. */
  denied(principal: Principal, action: string, resource: string, why: string): AwsError;
  /** Verdict of the caller's own policies, within a permissions boundary where the role has one. */
  identityVerdict(principal: Principal, access: Access): Verdict;
  /** Verdict of the policy of a resource or an endpoint on this caller. */
  resourceVerdict(principal: Principal, access: Access, policy: PolicyDocument): Verdict;
  /** Verdict of a resource's policy on an AWS service that acts for itself. @param service such as `ec2.amazonaws.com`. */
  serviceVerdict(service: string, access: Access, policy: PolicyDocument): Verdict;
}
