import { spawnSync } from 'node:child_process';
import type { Figure } from './figures.ts';

const ROUNDS = 3;

/** Time of `cdk synth` as a person waits for it, without the validation that `npm run check` does. */
export function synthTime(directory: string): Figure[] {
  const seconds = Array.from({ length: ROUNDS }, () => synth(`${directory}/cdk.out`));
  // Other work of the machine only ever adds: the best round is the nearest to what synth takes.
  const note = `best of ${ROUNDS}`;
  return [{ group: 'CDK', name: 'cdk synth', value: Math.min(...seconds), unit: 's', bar: 2, note }];
}

function synth(output: string): number {
  const args = ['synth', '--quiet', '--no-notices', '--no-lookups', '--output', output];
  const env = { ...process.env, CDK_VALIDATION: 'false', CDK_DISABLE_CLI_TELEMETRY: 'true' };
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync('node_modules/.bin/cdk', args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`cdk synth failed:\n${stdout}${stderr}`);
  return (performance.now() - start) / 1000;
}
