import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Context } from '../../../cli/context.ts';
import { run } from '../../../cli/main.ts';
import type { LocalCloud } from '../../../local/cloud.ts';
import type { AccessRole } from '../../../protocol/access.ts';
import { sessionAs } from './operator-api.ts';

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Person {
  /** Lines that are typed where nobody sees them. */
  readonly typed?: readonly string[];
  readonly stdin?: string;
  readonly cwd?: string;
}

/** The CLI in this process, against a local cloud, with a session of a role. */
export async function sealroot(
  cloud: LocalCloud,
  role: AccessRole,
  words: readonly string[],
  { typed = [], stdin = '', cwd = '/' }: Person = {},
): Promise<Outcome> {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = sessionAs(cloud, role);
  Object.assign(process.env, {
    ...cloud.environment(),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    XDG_CACHE_HOME: mkdtempSync(path.join(tmpdir(), 'sealroot-cache-')),
  });
  const written = { stdout: '', stderr: '' };
  const output = (name: keyof typeof written) => ({
    write: (data: string | Uint8Array) => (written[name] += Buffer.from(data).toString('utf8')),
  });
  const lines = [...typed];
  const context: Context = {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: process.env,
    cwd,
    platform: 'linux',
    nodeVersion: process.versions.node,
    interactive: false,
    signal: new AbortController().signal,
    now: () => Date.now(),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    ask: async () => '',
    askHidden: async () => lines.shift(),
    readInput: async () => Buffer.from(stdin),
    terminal: () => undefined,
    spawn: async () => 1,
    capture: async () => {
      throw new Error('no programs here');
    },
  };
  return { exit: await run(words, context), ...written };
}
