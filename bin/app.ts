import { bundleServices } from '../lib/platform/bundle.ts';

void synthesize();

async function synthesize(): Promise<void> {
  // esbuild is another process: it bundles while this one loads the CDK.
  const bundles = bundleServices();
  const { App } = await import('aws-cdk-lib/core');
  const { ConfigurationError, CONTEXT_KEY, parseConfig } = await import('../lib/config.ts');
  const { addStage } = await import('../lib/stage.ts');

  // `-c validate=true` (in npm run check) has cdk-nag and the CloudFormation validator look at every template.
  const app = new App({ builtinCloudFormationValidation: false });
  try {
    const { stages } = parseConfig(app.node.tryGetContext(CONTEXT_KEY));
    for (const stage of stages) addStage(app, stage, await bundles);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`cdk.json: ${error.message}`);
    process.exit(1);
  }
  if (app.node.tryGetContext('validate') === 'true') (await import('../lib/checks.ts')).addChecks(app);
}
