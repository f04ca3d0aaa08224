import { App } from 'aws-cdk-lib/core';
import { ConfigurationError, CONTEXT_KEY, parseConfig } from '../lib/config.ts';
import { addStage } from '../lib/stage.ts';

// `-c validate=true` runs cdk-nag and the CloudFormation validator, for several seconds: see lib/checks.ts.
const app = new App({ builtinCloudFormationValidation: false });
try {
  for (const stage of parseConfig(app.node.tryGetContext(CONTEXT_KEY)).stages) addStage(app, stage);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}`);
  process.exit(1);
}
if (app.node.tryGetContext('validate') === 'true') (await import('../lib/checks.ts')).addChecks(app);
