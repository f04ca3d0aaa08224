import { CloudFormationValidatePlugin, Validations, type App } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';

/**
 * Has cdk-nag and the CloudFormation validator look at every template; a finding fails the synthesis. cdk.json's
 * `validateAgainstDefaultRules` makes the validator's findings errors instead of warnings.
 */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new CloudFormationValidatePlugin());
}
