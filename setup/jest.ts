import { existsSync, rmSync } from 'node:fs';
import { execute } from './execute.ts';
import { acceptable, describeCounts, jestCounts, reportPath, saveCounts } from './reports.ts';
import type { Outcome, Task } from './tasks.ts';

/** The command line of a jest run whose report goes to `report`. */
export const jestCommand = (projects: readonly string[], workers: number, report: string): string[] => [
  'node_modules/.bin/jest',
  '--selectProjects',
  ...projects,
  `--maxWorkers=${workers}`,
  '--json',
  `--outputFile=${report}`,
];

/** Takes the counts from jest's report. */
export function jestOutcome(name: string, report: string, status: number | null, output: string): Outcome {
  if (!existsSync(report)) return { ok: false, output: `${output}\njest ended without a report.` };
  const counts = jestCounts(report);
  saveCounts(name, counts);
  const ok = status === 0 && acceptable(counts);
  const skipped = counts.skipped.map((test) => `skipped: ${test}\n`).join('');
  return { ok, output: output + skipped, note: describeCounts(counts) };
}

/** Jest as one of several tasks: its output is shown when it fails. */
export const jestTask = (projects: readonly string[], workers: number): Task => ({
  name: `jest (${projects.join(', ')})`,
  run: async () => {
    const report = reportPath('jest.json');
    rmSync(report, { force: true });
    const { status, stderr } = await execute([...jestCommand(projects, workers, report), '--silent']);
    return jestOutcome('jest', report, status, stderr);
  },
});
