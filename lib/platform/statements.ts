import { Effect, PolicyStatement, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';

export type Conditions = Record<string, Record<string, unknown>>;

/** An ARN in the partition that is deployed to; `rest` begins with the service. */
export const arn = (rest: string): string => `arn:${Aws.PARTITION}:${rest}`;

/** An ARN in the region and account that is deployed to. */
export const ownArn = (service: string, resource: string): string =>
  arn(`${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`);

/** An ARN of IAM, which has no regions. */
export const iamArn = (resource: string): string => arn(`iam::${Aws.ACCOUNT_ID}:${resource}`);

export const grant = (
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  conditions: Conditions = {},
): PolicyStatement =>
  new PolicyStatement({ sid, actions: [...actions], resources: [...resources], conditions });

export const refuse = (
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  conditions: Conditions = {},
): PolicyStatement =>
  new PolicyStatement({
    sid,
    effect: Effect.DENY,
    actions: [...actions],
    resources: [...resources],
    conditions,
  });

/** A statement of a role's trust policy. */
export const trust = (
  sid: string,
  principals: IPrincipal[],
  actions: readonly string[],
  conditions: Conditions,
): PolicyStatement => new PolicyStatement({ sid, principals, actions: [...actions], conditions });
