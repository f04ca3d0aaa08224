/** `npm start`: from a clone to an instance with an encrypted root, told step by step. */
import path from 'node:path';
import { planImage } from '../bake/bake.ts';
import { testImage } from '../bake/boot-test.ts';
import { LocalDeployment } from './deployment.ts';
import { DemoInstance } from './instance.ts';
import { logIn } from './login.ts';
import { synthesize } from './programs.ts';
import { summarize } from './summary.ts';
import { Story } from './terminal.ts';
import { privateDirectory } from '../engine/state.ts';

// The set-up has said it already, in a line (cli/node-version.js).
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const ROOT = path.join(import.meta.dirname, '../..');

async function start(story: Story): Promise<void> {
  const assembly = path.join(ROOT, 'cdk.out');
  const state = privateDirectory(path.join(ROOT, '.sealroot'));
  const deployment = new LocalDeployment(assembly, state);
  story.say(
    'Sealroot on this machine: the keyserver that `cdk deploy` would ship, a local cloud that runs it,',
  );
  story.say('and an instance in QEMU that fetches its disk key at boot. Nothing here talks to AWS.');

  story.begin('Synthesize the CDK app into cdk.out/');
  await story.stages.run('cdk synth', () => synthesize(assembly));

  story.begin('Bake the image, by the component documents of the synthesized Image Builder pipeline');
  const image = await planImage(assembly, state, deployment.resources());
  if (deployment.isRunning() && (!image.ready || !deployment.isCurrent())) {
    story.say(
      '  The app has changed since the local cloud was started: it is stopped first, with its instances.',
    );
    await story.stages.run('stopping the local cloud', () => deployment.down());
  }
  if (image.ready) story.say(`  ${image.id} is baked from the same inputs already.`);
  else await deployment.bake(image);

  story.begin(
    'Start the local cloud: KMS, DynamoDB, API Gateway, Lambda, EC2, from the templates in cdk.out/',
  );
  await deployment.publish(image);
  if (deployment.isRunning()) story.say(`  It runs already, at ${deployment.endpoint()}.`);
  else await story.stages.run('starting', () => deployment.up());

  story.begin('Log in: instances and keys are for roles, and a role is only to be had with a one-time code');
  const until = await story.stages.run('logging in', () => logIn('operator'));
  story.say(
    `  You are operator until ${until.toLocaleTimeString()}, with a code of the local user's MFA device.`,
  );

  story.begin('Boot an instance. Its console:');
  const instance = await DemoInstance.boot(state, image.id);
  story.say(
    instance.isNew
      ? `  ${instance.id}: a first boot. The base is copied to a new encrypted disk, whose key the keyserver makes.`
      : `  ${instance.id}: it was launched before, so it only has to unlock its root.`,
  );
  const up = await story.stages.run('booting', () =>
    instance.follow((line) => {
      story.say(`  | ${line}`);
    }),
  );

  story.begin("Run the pipeline's own test component on it");
  const agent = await instance.agent();
  const reports = await story.stages.run('testing', () => testImage(image.recipe.documents, agent));
  for (const { output } of reports) story.say(output.trimEnd().replace(/^/gm, '  | '));

  await summarize(story, { instance, agent, image, state, up });
}

const story = new Story();
try {
  await start(story);
} catch (error) {
  story.say(
    `\nStopped after ${story.seconds()} s: ${error instanceof Error ? error.message : String(error)}`,
  );
  story.say(
    `\nLogs are in ${path.join(ROOT, '.sealroot/logs')}; run npm start again to go on from what is done.`,
  );
  process.exitCode = 1;
}
