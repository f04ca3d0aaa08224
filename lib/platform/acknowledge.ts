import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack, Validations } from 'aws-cdk-lib/core';
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
    acknowledge(scope, `IAM5[Resource::${asCdkNagWritesIt(Stack.of(scope).resolve(resource))}]`, reason);
  }
}

/** cdk-nag writes references as `<Name>`, imports by their name, and policy variables in angle brackets too. */
function asCdkNagWritesIt(value: unknown): string {
  if (typeof value === 'string') return value.replaceAll('${', '<').replaceAll('}', '>');
  const { Ref, 'Fn::Join': join, 'Fn::ImportValue': imported, 'Fn::GetAtt': attribute } = value as Intrinsic;
  if (join !== undefined) return join[1].map(asCdkNagWritesIt).join(join[0]);
  if (attribute !== undefined) return `<${attribute.join('.')}>`;
  return imported ?? `<${Ref ?? ''}>`;
}

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  readonly 'Fn::ImportValue'?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
}
