import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { installation } from '../installation.ts';
import type { Session } from '../session.ts';
import { findRunningCloud, misleading } from './running-cloud.ts';

/**
 * Runs the local cloud's own program. A child process, not an import: the CLI is what an operator installs, and
 * the local cloud is what a developer has beside it.
 *
 * @returns its exit code.
 */
export async function runLocalCloud(session: Session, args: readonly string[]): Promise<number> {
  if (session.json) {
    throw new Failure(
      'usage',
      'The local cloud has no JSON output.',
      `See its endpoint with ${session.suggest('local env')}`,
    );
  }
  const { clone } = installation;
  if (clone === undefined) {
    throw new Failure(
      'not-found',
      'This copy of sealroot comes without the local cloud.',
      'Use a clone of the repository.',
    );
  }
  const { context } = session;
  if (args[0] === 'up') {
    // The programs that machines need are looked for before the first of them is launched.
    const unprepared = await context.spawn(
      process.execPath,
      [join(clone, 'setup', 'prepare.mjs'), 'boot'],
      clone,
    );
    if (unprepared !== 0) return unprepared;
  }
  // A person wants the prompt back; a supervisor says --foreground.
  const words = args[0] === 'up' && !args.includes('--foreground') ? [...args, '--detach'] : args;
  const program = join(clone, 'local', 'main.ts');
  return context.spawn(process.execPath, ['--import', 'tsx', program, ...words], clone);
}

/** On stderr, so that the shell evaluates none of it. */
const OLD_TOOLS =
  'The AWS CLI reads AWS_ENDPOINT_URL from 2.13 on, boto3 from 1.28 on. Older ones ignore it and would call AWS itself ' +
  '(with these keys, which AWS does not know): give them --endpoint-url or endpoint_url.';

/** Lines for a POSIX shell's `eval`. */
export async function printEnvironment(session: Session): Promise<void> {
  const { context } = session;
  const { environment } = findRunningCloud(context.cwd, installation.clone);
  const unset = misleading(context.env).filter((name) => !(name in environment));
  session.result({ environment, unset }, () => [
    ...unset.map((name) => `unset ${name}`),
    ...Object.entries(environment).map(
      ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
    ),
  ]);
  session.note(OLD_TOOLS);
}
