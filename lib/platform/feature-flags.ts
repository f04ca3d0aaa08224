import type { Construct } from 'constructs';

/**
 * Feature flags of the CDK that decide what our templates look like. An app around ours may have set them for its own
 * stacks, or not at all.
 */
const FLAGS: Readonly<Record<string, boolean | string>> = {
  '@aws-cdk/aws-apigateway:disableCloudWatchRole': true,
  '@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard': true,
  '@aws-cdk/aws-ec2:restrictDefaultSecurityGroup': false,
  '@aws-cdk/aws-iam:minimizePolicies': true,
};

/** Has everything below a construct synthesized the same in every app. Call it before anything is below it. */
export function pinFeatureFlags(scope: Construct): void {
  for (const [flag, value] of Object.entries(FLAGS)) scope.node.setContext(flag, value);
}
