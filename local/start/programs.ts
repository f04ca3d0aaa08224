import path from 'node:path';
import { run } from '../bake/process.ts';

export const CLONE = path.join(import.meta.dirname, '../..');
const NODE = [process.execPath, '--import', import.meta.resolve('tsx')];

/**
 * Runs one of this repository's own programs from its root.
 *
 * @returns what it printed.
 * @throws Error with the end of its output when it fails.
 */
async function program(
  name: string,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { status, output } = await run(argv, { env: { ...environment(), ...env }, cwd: CLONE });
  if (status === 0) return output;
  throw new Error(`${name} failed:\n${output.trim().split('\n').slice(-20).join('\n')}`);
}

/** Synthesizes the CDK app, without credentials and without a network. */
export const synthesize = (output: string): Promise<string> =>
  program(
    'cdk synth',
    ['node_modules/.bin/cdk', 'synth', '--quiet', '--no-lookups', '--no-notices', '-o', output],
    {
      CDK_VALIDATION: 'false', // `npm run check` validates
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
  );

/** `sealroot ARGUMENTS`: the very command that a user would type. */
export const sealroot = (...argv: readonly string[]): Promise<string> =>
  program(`sealroot ${argv.join(' ')}`, [process.execPath, 'bin/sealroot.js', ...argv]);

/** The program that `sealroot local` starts. */
export const localCloud = (...argv: readonly string[]): Promise<string> =>
  program('the local cloud', [...NODE, 'local/main.ts', ...argv]);

function environment(): Record<string, string> {
  const all = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  // A stage or profile of the reader's own work is not meant here.
  return Object.fromEntries(all.filter(([name]) => name !== 'AWS_PROFILE' && name !== 'SEALROOT_STAGE'));
}
