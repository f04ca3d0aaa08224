import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface Captured {
  readonly status: number;
  readonly stdout: string;
}

export interface Capturing {
  /** Written to its stdin, which is the terminal's otherwise. */
  readonly input?: string;
  /** Milliseconds, after which it is killed. */
  readonly timeout: number;
  /** Default: where this process is. */
  readonly cwd?: string;
  /** Hides what the program writes to stderr. */
  readonly quiet?: boolean;
}

/** Signals by which a supervisor ends or reloads a program: they are meant for the child. */
const PASSED_ON = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT'] as const;

export function spawnOnTerminal(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals) => void child.kill(signal);
    // A terminal sends Ctrl-C to the child as well: it decides what that means, and this process outlives it.
    const interrupt = process.stdin.isTTY ? () => undefined : pass;
    for (const signal of PASSED_ON) process.on(signal, pass);
    process.on('SIGINT', interrupt);
    const settle = (end: () => void) => {
      for (const signal of PASSED_ON) process.off(signal, pass);
      process.off('SIGINT', interrupt);
      end();
    };
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (status, signal) =>
      settle(() => resolve(status ?? 128 + (signal ? constants.signals[signal] : 0))),
    );
  });
}

/** More than any line that is asked for; beyond it something else is answering. */
const MAX_OUTPUT_BYTES = 64 * 1024;

export function capture(
  command: string,
  args: readonly string[],
  options: Capturing & { readonly signal?: AbortSignal },
): Promise<Captured> {
  const { input, timeout, cwd, quiet = false, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: [input === undefined ? 'inherit' : 'pipe', 'pipe', quiet ? 'ignore' : 'inherit'],
      timeout,
      cwd,
      killSignal: 'SIGKILL',
      signal,
    });
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.length > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', (status, ended) => {
      if (ended === null) resolve({ status: status ?? 1, stdout });
      else reject(new Error(`${command} was ended by ${ended}, or took longer than ${timeout / 1000} s`));
    });
    // A program that does not read its input has its reasons.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
