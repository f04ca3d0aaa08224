import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LocalCloud } from '../../../local/cloud.ts';
import { decodeBase32, totpCode, totpCounter } from '../../../protocol/totp.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SEALROOT = path.join(ROOT, 'bin', 'sealroot.js');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Text that a person types, given all that the terminal has shown so far; undefined to wait for more. */
export type Typist = (shown: string) => string | undefined;

/** An IAM user of the local cloud at a machine of their own: a home, access keys, and the real command line. */
export class Person {
  readonly home = mkdtempSync(path.join(tmpdir(), 'sealroot-home-'));
  readonly env: Record<string, string>;
  private readonly cloud: LocalCloud;
  readonly name: string;

  /** @param policies names of managed policies of the stage, without `sealroot-dev-REGION-`. */
  constructor(
    cloud: LocalCloud,
    name: string,
    policies: readonly string[] = ['members', 'members-operator'],
  ) {
    this.cloud = cloud;
    this.name = name;
    cloud.users.create(name);
    for (const policy of policies)
      cloud.users.attach(name, `arn:aws:iam::${cloud.account}:policy/sealroot-dev-${cloud.region}-${policy}`);
    const { id, secret } = cloud.users.createKey(name);
    this.env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      ...cloud.environment(),
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
    };
  }

  get cache(): string {
    return path.join(this.home, '.cache', 'sealroot');
  }

  /** Code that the device shows, so many steps from now. */
  code(steps = 0): string {
    const device = this.cloud.mfa.ofUser(this.name)[0];
    if (device === undefined) throw new Error(`${this.name} has no device`);
    return this.codeOf(device.seed, steps);
  }

  /** Code that a device with this secret shows. */
  codeOf(seed: string, steps = 0): string {
    return totpCode(decodeBase32(seed), totpCounter(Date.now()) + steps);
  }

  /** Runs `sealroot` with no terminal. */
  run(words: readonly string[], env: NodeJS.ProcessEnv = this.env): Promise<Ran> {
    return finished(this.start(words, env));
  }

  start(words: readonly string[], env: NodeJS.ProcessEnv = this.env): ChildProcess {
    return spawn('setsid', ['--wait', process.execPath, SEALROOT, ...words], {
      cwd: this.home,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Runs `sealroot` on a terminal, with stdout and stderr elsewhere: what they do not get is on the terminal. */
  async onTerminal(
    words: readonly string[],
    type: Typist,
    env: NodeJS.ProcessEnv = this.env,
  ): Promise<Ran & { shown: string }> {
    const out = mkdtempSync(path.join(tmpdir(), 'sealroot-out-'));
    const quoted = [process.execPath, SEALROOT, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const line = `${quoted.join(' ')} </dev/null >'${out}/stdout' 2>'${out}/stderr'`;
    const child = spawn('script', ['-q', '-e', '-c', line, '/dev/null'], { cwd: this.home, env });
    let shown = '';
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString('utf8');
      const answer = type(shown);
      if (answer !== undefined) child.stdin.write(answer);
    });
    const { status } = await finished(child);
    const read = (name: string) => readFileSync(path.join(out, name), 'utf8');
    const ran = { status, stdout: read('stdout'), stderr: read('stderr'), shown };
    rmSync(out, { recursive: true });
    return ran;
  }
}

/** Types one line after the other, each when a question (a colon and a blank at the end) is there for it. */
export function answering(...lines: readonly string[]): Typist {
  let asked = 0;
  return (shown) => {
    const questions = shown.split(/: (?=\r?\n|\d|$)/).length - 1;
    if (questions <= asked || asked >= lines.length || !shown.endsWith(': ')) return undefined;
    return `${lines[asked++] ?? ''}\n`;
  };
}

export function finished(child: ChildProcess): Promise<Ran> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}
