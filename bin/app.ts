import { prepareBundles } from '../lib/platform/bundle.ts';

void synthesize();

async function synthesize(): Promise<void> {
  // esbuild is another process: it bundles while this one loads the CDK.
  const bundles = prepareBundles();
  const { App } = await import('aws-cdk-lib/core');
  const { ConfigurationError, CONTEXT_KEY, writtenStages } = await import('../lib/config.ts');
  const { Sealroot } = await import('../lib/sealroot.ts');

  // No part of this reads tree.json, which takes a twentieth of a synthesis.
  const app = new App({ builtinCloudFormationValidation: false, treeMetadata: false });
  // `-c validate=true` (in npm run check) has cdk-nag and the CloudFormation validator look at every template, and say
  // at which line of the sources a finding is. Otherwise nobody asks for the stack trace of each construct.
  const validates = app.node.tryGetContext('validate') === 'true';
  if (!validates) app.node.setContext('aws:cdk:disable-stack-trace', true);
  try {
    const stages = writtenStages(app.node.tryGetContext(CONTEXT_KEY));
    await bundles;
    for (const { name: stage, account, region, ...settings } of stages) {
      const env = account === undefined || region === undefined ? {} : { env: { account, region } };
      new Sealroot(app, `Sealroot-${stage}`, { ...settings, ...env, stage });
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`cdk.json: ${error.message}`);
    process.exit(1);
  }
  if (validates) (await import('../lib/checks.ts')).addChecks(app);
}
