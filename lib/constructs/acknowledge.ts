import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/** Answers a finding of cdk-nag, at and below this construct. */
export function acknowledge(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
}

/** Answers cdk-nag's findings about the resources with a wildcard in these statements, and about no others. */
export function acknowledgeWildcards(
  scope: IConstruct,
  statements: readonly PolicyStatement[],
  reason: string,
): void {
  const resources = statements.flatMap((statement) => statement.resources).filter((one) => one.includes('*'));
  for (const resource of new Set(resources)) {
    acknowledge(scope, `IAM5[Resource::${asCdkNagWritesIt(resource)}]`, reason);
  }
}

function asCdkNagWritesIt(resource: string): string {
  return resource
    .replaceAll(Aws.PARTITION, '<AWS::Partition>')
    .replaceAll(Aws.REGION, '<AWS::Region>')
    .replaceAll(Aws.ACCOUNT_ID, '<AWS::AccountId>');
}
