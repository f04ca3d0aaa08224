import { availableParallelism } from 'node:os';
import { type CommandOptions, execute } from './execute.ts';

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
