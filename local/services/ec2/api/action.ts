import { AwsError } from '../../../engine/contracts/errors.ts';
import type { ConditionContext, Principal } from '../../../engine/contracts/identity.ts';
import type { Ec2Context } from '../context.ts';
import type { Images } from '../images.ts';
import type { LocalVm } from '../instance-vm.ts';
import type { Instances } from '../instances.ts';
import type { KeyPairs } from '../key-pairs.ts';
import type { QueryParameters } from '../../../engine/query-parameters.ts';
import type { Element } from '../../../engine/query-protocol.ts';

/** The state that an action reads and changes. */
export interface Ec2State {
  readonly context: Ec2Context;
  readonly images: Images;
  readonly instances: Instances;
  readonly keyPairs: KeyPairs;
  vm(id: string): LocalVm;
  /** Lets something go on after the answer; what goes wrong is logged and seen in the instance's state. */
  background(work: Promise<unknown>): void;
}

export interface ActionRequest {
  readonly parameters: QueryParameters;
  readonly principal: Principal;
}

/** Does what was asked and gives the content of the answer. @throws AwsError */
export type Action = (ec2: Ec2State, request: ActionRequest) => Promise<Content> | Content;
export type Content = Readonly<Record<string, Element>>;

/**
 * @param resource ARN, or `*`.
 * @throws AwsError AccessDenied; DryRunOperation when it is allowed and the caller only wanted to know that.
 */
export function authorize(
  { context }: Ec2State,
  { principal, parameters }: ActionRequest,
  action: string,
  resource: string,
  conditions?: ConditionContext,
): void {
  if (!context.authorizer.allows(principal, action, resource, conditions)) {
    throw new AwsError(
      'AccessDenied',
      `You are not authorized to perform this operation. User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`,
      403,
    );
  }
  if (parameters.flag('DryRun')) {
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  }
}

export function arn({ context }: Ec2State, type: string, id: string): string {
  // Images belong to no account in their ARN.
  const account = type === 'image' ? '' : context.account;
  return `arn:aws:ec2:${context.region}:${account}:${type}/${id}`;
}

/** Condition keys by which a policy can name resources with certain tags. */
export function tagConditions(tags: Readonly<Record<string, string>>): ConditionContext {
  const pairs = Object.entries(tags).flatMap(([key, value]) => [
    [`aws:ResourceTag/${key}`, value],
    [`ec2:ResourceTag/${key}`, value],
  ]);
  return Object.fromEntries(pairs) as ConditionContext;
}

export function tagSet(tags: Readonly<Record<string, string>>): Element {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
