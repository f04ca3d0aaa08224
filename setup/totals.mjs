// @ts-check
/**
 * Last line of `.ci/run`: "N passed, N failed", from the reports of the runs before it.
 * A test that was skipped counts as failed, and so does a command that failed without a failing test.
 *
 * Usage: node setup/totals.mjs FAILED_COMMANDS JOB...
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reports = join(root, 'node_modules/.cache/sealroot/reports');
/**
 * Runs of which each job of `.ci/run` has to have left counts.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const RUNS = {
  start: ['newcomer', 'boot'],
  test: ['jest', 'bats-dash', 'bats-busybox-sh', 'node-20', 'node-22', 'node-24'],
};

const [failedCommands = '0', ...jobs] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const run of jobs.flatMap((job) => RUNS[job] ?? [job])) {
  const file = join(reports, `${run}.counts.json`);
  if (!existsSync(file)) {
    console.log(`${run}: no report`);
    failed += 1;
    continue;
  }
  /** @type {import('./reports.ts').Counts} */
  const counts = JSON.parse(readFileSync(file, 'utf8'));
  console.log(`${run}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped`);
  passed += counts.passed;
  failed += counts.failed + counts.skipped.length;
}
if (failed === 0) failed = Number(failedCommands);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
