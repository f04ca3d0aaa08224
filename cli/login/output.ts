import type { AccessRole } from '../../protocol/access.ts';
import { Failure, type Suggest } from '../failure.ts';
import type { Session } from '../session.ts';
import { nodeAdvice } from '../node-version.js';
import { plain } from '../terminal/text.ts';
import type { LoginSession } from './credentials.ts';
import { spoken } from './duration.ts';
import { formatted, processDocument, SHELLS, type Shell } from './format.ts';
import { login, type LoginOptions } from './login.ts';
import { applied, noVariables, sessionVariables } from './variables.ts';

export const FORMATS = [...SHELLS, 'process', 'exec'] as const;
export type Format = (typeof FORMATS)[number];

export interface OutputOptions extends LoginOptions {
  readonly format?: Format;
  readonly unset?: boolean;
}

/** `sealroot login`, with what it is to do with the session. @returns the exit code of the command that it ran. */
export async function loginCommand(
  session: Session,
  command: readonly string[],
  options: OutputOptions,
): Promise<number | undefined> {
  const format = options.format ?? (command.length > 0 ? 'exec' : undefined);
  checkFormat(session, format, command, options);
  if (options.unset) {
    session.context.stdout.write(formatted(format as Shell, noVariables(session)));
    return undefined;
  }
  const result = await login(session, options);
  switch (format) {
    case undefined:
      report(session, result);
      return undefined;
    case 'exec':
      return run(session, result, command);
    case 'process':
      session.context.stdout.write(processDocument(result.credentials));
      return undefined;
    default:
      session.context.stdout.write(formatted(format, sessionVariables(session, result)));
      return undefined;
  }
}

const HOW: Partial<Record<Format, (suggest: Suggest) => string>> = {
  env: (suggest) => `eval "$(${suggest('login --format env')})"`,
  fish: (suggest) => `${suggest('login --format fish')} | source`,
  powershell: (suggest) => `${suggest('login --format powershell')} | Out-String | Invoke-Expression`,
  process: () => 'credential_process in ~/.aws/config (docs/reference/cli.md)',
};

/** Refuses a wrong command line before a code is asked for. */
function checkFormat(
  { context }: Session,
  format: Format | undefined,
  command: readonly string[],
  { unset }: OutputOptions,
): void {
  if (unset && !SHELLS.some((shell) => shell === format))
    throw new Failure('usage', '--unset needs --format env, fish, powershell or json.');
  if (format === 'exec' && command.length === 0)
    throw new Failure('usage', 'There is no command to run.', 'Write it after --: login -- COMMAND ...');
  if (format !== 'exec' && command.length > 0)
    throw new Failure('usage', `A command is run with --format exec, not ${format ?? ''}.`);
  if (format === undefined || format === 'exec' || unset || !context.stdout.isTTY) return;
  throw new Failure(
    'usage',
    'This would show the keys on the screen.',
    (suggest) => `Use ${HOW[format]?.(suggest) ?? 'a pipe'}; to see them nevertheless: | cat`,
  );
}

async function run(session: Session, result: LoginSession, words: readonly string[]): Promise<number> {
  const [command = '', ...args] = words;
  const { context } = session;
  const env = applied(context.env, sessionVariables(session, result));
  try {
    return await context.spawn(command, args, context.cwd, env);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing ? 'there is no such program' : error instanceof Error ? error.message : '';
    throw new Failure('not-found', `${plain(command)} cannot be run: ${message}.`, undefined, error);
  }
}

/** Purpose of each role, in the words of the commands. */
const GOOD_FOR: Readonly<Record<AccessRole, string>> = {
  operator: 'launch, start, stop, reboot and terminate instances, preseed them, see the state of keys',
  custodian: 'approve, deny, revoke and restore keys, see their state',
  auditor: 'see instances, keys and requests',
  maintainer: 'build images',
};

function report(session: Session, { facts }: LoginSession): void {
  const { role, roleArn, stage, region, expires } = facts;
  const left = (Date.parse(expires) - session.context.now()) / 1000;
  session.result({ role, roleArn, stage, region, sourceArn: facts.sourceArn, expires }, () => [
    `You are ${role} of stage ${stage} in ${region} for ${spoken(left)}, until ${new Date(expires).toLocaleString()}.`,
  ]);
  if (isAccessRole(role))
    session.note(`Good for: ${GOOD_FOR[role]}. The commands of sealroot find the session by themselves.`);
  session.note(`For other tools:  ${session.suggest(`login --role ${wordOf(facts)} -- COMMAND`)}`);
  session.note(
    `or:               eval "$(${session.suggest(`login --role ${wordOf(facts)} --format env`)})"`,
  );
  const advice = nodeAdvice(session.context.nodeVersion);
  if (advice !== undefined) session.note(advice);
}

const wordOf = ({ role, roleArn }: LoginSession['facts']): string => (isAccessRole(role) ? role : roleArn);

const isAccessRole = (role: string): role is AccessRole => Object.hasOwn(GOOD_FOR, role);
