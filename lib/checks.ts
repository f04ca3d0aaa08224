import { readFileSync } from 'node:fs';
import { CloudFormationValidatePlugin, Validations, type App } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { inPackage } from './platform/root.ts';

/**
 * Has cdk-nag and the CloudFormation validator look at every template; a finding fails the synthesis. cdk.json's
 * `validateAgainstDefaultRules` makes the validator's findings, those of our own rules too, errors instead of warnings.
 */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), cloudFormationValidator());
}

let validator: CloudFormationValidatePlugin | undefined;

/** The CloudFormation validator with the rules of lib/rules beside its own; one, as starting its engine takes seconds. */
export function cloudFormationValidator(): CloudFormationValidatePlugin {
  validator ??= new CloudFormationValidatePlugin({ guardRules: [guardRules('mfa.guard')] });
  return validator;
}

function guardRules(name: string): { name: string; content: string } {
  return { name, content: readFileSync(inPackage('lib', 'rules', name), 'utf8') };
}
