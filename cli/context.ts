import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface Output {
  write(data: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in characters; absent when it is not one. */
  readonly columns?: number | undefined;
}

/** Everything the commands know of the world around them, so that a test can be that world. */
export interface Context {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Read by the commands and, because it is the process's own, by the AWS SDK. `--local` writes to it. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Whether somebody is there to be asked. */
  readonly interactive: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** @throws AbortError when Ctrl-C comes first. */
  sleep(milliseconds: number): Promise<void>;
  /** Asks on the terminal and returns what was typed. */
  ask(question: string): Promise<string>;
  /** Runs a program on the same terminal and returns its exit code. */
  spawn(command: string, args: readonly string[], cwd: string): Promise<number>;
}

/** The context of a real process. */
export function processContext(): Context {
  const interrupt = new AbortController();
  // Only the first Ctrl-C is ours: the second one ends a command that does not listen.
  process.once('SIGINT', () => interrupt.abort());
  // `sealroot instances | head` closes the pipe early, which is not an error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  // Node 20 works, and what the SDK asks for in 2027 is not what the reader of a table wants to know.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    signal: interrupt.signal,
    now: () => Date.now(),
    sleep: (milliseconds) => delay(milliseconds, undefined, { signal: interrupt.signal }),
    ask: async (question) => {
      // Answers and questions stay off stdout, which belongs to the result.
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      lines.once('SIGINT', () => interrupt.abort());
      try {
        return await lines.question(question, { signal: interrupt.signal });
      } finally {
        lines.close();
      }
    },
    spawn: spawnOnTerminal,
  };
}

function spawnOnTerminal(command: string, args: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (status, signal) => resolve(status ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
