import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { capture, spawnOnTerminal, type Captured, type Capturing } from './processes.ts';
import { askHidden } from './terminal/hidden.ts';
import { readAll } from './terminal/input.ts';
import { openTerminal, type Terminal } from './terminal/tty.ts';

export interface Output {
  write(data: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in characters; absent when it is not one. */
  readonly columns?: number | undefined;
}

/** Everything that the commands know of the process and machine they run in; a test gives its own. */
export interface Context {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Read by the commands and, because it is the process's own, by the AWS SDK. `--local` writes to it. */
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** Of Node, such as 24.11.1. */
  readonly nodeVersion: string;
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
  /** Asks on the controlling terminal for what nobody may see; undefined when there is none. */
  askHidden(question: string): Promise<string | undefined>;
  /** Reads stdin to its end. @throws Error when it is more than `most` bytes. */
  readInput(most: number): Promise<Buffer>;
  /** The controlling terminal, whatever stdin and stdout are; undefined when there is none. */
  terminal(): Terminal | undefined;
  /**
   * Runs a program on the same terminal and returns its exit code, 128 and the signal's number when one ended it.
   *
   * @param env default: `env`.
   * @throws what node's spawn emits, when the program cannot be started.
   */
  spawn(command: string, args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): Promise<number>;
  /** Runs a program for what it prints. Its stderr is the terminal's. @throws as spawn, and when the time is over. */
  capture(command: string, args: readonly string[], options: Capturing): Promise<Captured>;
}

/** The context of a real process. */
export function processContext(): Context {
  const interrupt = new AbortController();
  // The first Ctrl-C is handled here; a second one ends a command that does not listen.
  process.once('SIGINT', () => interrupt.abort());
  // `sealroot instances | head` closes the pipe early, which is not an error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  // `login` says it in a line: the reader of a table does not want to know.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    nodeVersion: process.versions.node,
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
    askHidden: (question) => askHidden(question, interrupt.signal, () => interrupt.abort()),
    readInput: (most) => readAll(process.stdin, most),
    terminal: () => openTerminal(interrupt.signal),
    spawn: spawnOnTerminal,
    capture: (command, args, options) => capture(command, args, { ...options, signal: interrupt.signal }),
  };
}
