import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { jestCommand, jestOutcome } from './jest.ts';
import { reportPath } from './reports.ts';

/** Milliseconds: twice what the boot tests take, the longest, and less than .ci/steps.sh gives a step. */
const LIMIT_MS = 40 * 60_000;

/** Options of one jest run. */
export interface JestRun {
  /** Of its report. */
  readonly name: string;
  readonly project: string;
  readonly workers: number;
  /** More of jest's own arguments. */
  readonly args?: readonly string[];
  /** The Node that runs it; default: this one, by jest's own first line. */
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs one project of jest on this terminal, and leaves its counts. @returns whether all went well. */
export function runJest({ name, project, workers, args = [], node, env = process.env }: JestRun): boolean {
  const report = reportPath(`${name}.json`);
  rmSync(report, { force: true });
  const command = jestCommand([project], workers, report);
  const [program = '', ...rest] = [...(node === undefined ? [] : [node]), ...command, ...args];
  const { status, error } = spawnSync(program, rest, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const { ok, output, note } = jestOutcome(name, report, status, error?.message ?? '');
  console.log(`${note ?? ''}\n${output}`.trim());
  return ok;
}
