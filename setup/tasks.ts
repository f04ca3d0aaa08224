import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Result of a task. `output` is shown only when it failed; `note` stands beside its time. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
  readonly note?: string;
}

export interface Task {
  readonly name: string;
  readonly run: () => Promise<Outcome>;
}

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Added to this process's environment; an undefined value takes the variable away. */
  readonly env?: Record<string, string | undefined>;
  readonly stdin?: string;
}

/** Runs a program to its end. A program that cannot be started is status null, with the reason on stderr. */
export function execute(
  argv: readonly string[],
  { env = {}, stdin }: CommandOptions = {},
): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined); // a program may end without reading what it was given
    child.stdin.end(stdin ?? '');
    child.on('error', (error) => resolve({ status: null, stdout, stderr: stderr + error.message }));
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** A task that is one program, and is right when the program exits with 0. */
export function command(name: string, argv: readonly string[], options?: CommandOptions): Task {
  return {
    name,
    run: async () => {
      const { status, stdout, stderr } = await execute(argv, options);
      return { ok: status === 0, output: `$ ${argv.slice(0, 12).join(' ')}\n${stdout}${stderr}` };
    },
  };
}

/**
 * Runs tasks side by side, in the given order, as many at a time as there are processors.
 * One line each; the output of those that failed comes at the end, where a person looks first.
 *
 * @returns whether all of them succeeded.
 */
export async function runTasks(tasks: readonly Task[], parallel = availableParallelism()): Promise<boolean> {
  const width = Math.max(...tasks.map((task) => task.name.length));
  const failures: string[] = [];
  const waiting = [...tasks];
  const started = Date.now();

  const work = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const from = Date.now();
      const { ok, output, note = '' } = await task.run().catch(crashed);
      console.log(
        `${ok ? 'ok    ' : 'FAILED'}  ${task.name.padEnd(width)}  ${seconds(from)}  ${note}`.trimEnd(),
      );
      if (!ok) failures.push(`\n--- ${task.name} ---\n${output.trim()}`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, work));

  for (const failure of failures) console.log(failure);
  console.log(
    `\n${tasks.length - failures.length} of ${tasks.length} checks passed in ${seconds(started).trim()}`,
  );
  return failures.length === 0;
}

const crashed = (error: unknown): Outcome => ({
  ok: false,
  output: error instanceof Error ? (error.stack ?? error.message) : String(error),
});

const seconds = (from: number): string => `${((Date.now() - from) / 1000).toFixed(1).padStart(6)} s`;
