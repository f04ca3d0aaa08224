// @ts-check
/**
 * Last line of `.ci/run`: "N passed, N failed", from the reports of the runs before it.
 * A test that was skipped counts as failed, and so does a command that failed without a failing test.
 *
 * Usage: node setup/totals.mjs FAILED_COMMANDS
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reports = join(root, 'node_modules/.cache/sealroot/reports');
/** Every run that has to have left its counts. */
const RUNS = ['jest', 'bats-dash', 'bats-busybox-sh', 'boot'];

const failedCommands = Number(process.argv[2] ?? 0);
let passed = 0;
let failed = 0;
for (const run of RUNS) {
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
if (failed === 0) failed = failedCommands;
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
