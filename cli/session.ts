import * as ENV from '../protocol/environment.ts';
import { DEFAULT_STAGE } from '../protocol/names.ts';
import type { Context } from './context.ts';
import type { Suggest } from './failure.ts';
import type { Credentials } from './login/credentials.ts';

/** The options that every command takes. */
export interface Globals {
  /** Default: the environment's SEALROOT_STAGE, else `dev`. */
  readonly stage?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly local?: boolean;
  readonly json?: boolean;
}

/** One invocation: its context, what was asked of it for every command, and how results leave it. */
export interface Session {
  readonly context: Context;
  readonly stage: string;
  readonly local: boolean;
  readonly json: boolean;
  /** Of a role that `login` has a session of; undefined means the SDK's default chain. */
  readonly credentials?: Credentials | undefined;
  /** Writes the result: the JSON document with `--json`, else the lines for people. */
  result(value: unknown, lines: () => readonly string[]): void;
  /** A word to the person at the terminal, on stderr; nothing with `--json`. */
  note(line: string): void;
  /** Writes a command line to try next. */
  readonly suggest: Suggest;
}

export function createSession(context: Context, globals: Globals): Session {
  const json = globals.json ?? false;
  const local = globals.local ?? false;
  return {
    context,
    stage: globals.stage ?? context.env[ENV.stage] ?? DEFAULT_STAGE,
    local,
    json,
    result: (value, lines) => {
      if (json) context.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
      else for (const line of lines()) context.stdout.write(`${line}\n`);
    },
    note: (line) => {
      if (!json) context.stderr.write(`${line}\n`);
    },
    suggest: suggestWith(globals),
  };
}

/** A suggested command works where the one that suggests it did. The local cloud itself is not of a stage or region. */
export const suggestWith =
  (globals: Globals): Suggest =>
  (words) =>
    ['sealroot', ...(/^local\b/.test(words) ? [] : globalWords(globals)), words].join(' ');

function globalWords(globals: Globals): string[] {
  return [
    ...(globals.local ? ['--local'] : []),
    ...(globals.profile === undefined ? [] : ['--profile', shellWord(globals.profile)]),
    ...(globals.region === undefined ? [] : ['--region', shellWord(globals.region)]),
    ...(globals.stage === undefined ? [] : ['--stage', shellWord(globals.stage)]),
  ];
}

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** `--region` and `--profile` mean to the AWS SDK what their environment variables mean. */
export function applyToEnvironment(env: NodeJS.ProcessEnv, globals: Globals): void {
  if (globals.region !== undefined) env['AWS_REGION'] = globals.region;
  if (globals.profile !== undefined) {
    // Keys in the environment would contradict the profile that was asked for.
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'SEALROOT_ROLE']) {
      Reflect.deleteProperty(env, name);
    }
    env['AWS_PROFILE'] = globals.profile;
  }
}
