import { LogGroup, type CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** Logs outlive the stack: they say who was given which key. Those of a creation that failed go with it. */
export function keptLogGroup(scope: Construct, id: string, retentionDays: number): LogGroup {
  const group = new LogGroup(scope, id, { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE });
  // The construct takes an enum; the configuration has the days themselves, and only those that are in it.
  (group.node.defaultChild as CfnLogGroup).retentionInDays = retentionDays;
  return group;
}
