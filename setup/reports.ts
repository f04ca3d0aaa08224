import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Out of the way of people and of git. `npm ci` empties it, and nothing misses it. */
export const CACHE = 'node_modules/.cache/sealroot';
const REPORTS = join(CACHE, 'reports');

/** Numbers of one test run; `.ci/run` adds them up. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Names of what was not run. In CI that is a failure: nothing is skipped silently. */
  readonly skipped: readonly string[];
}

/** Output of jest with `--json`, as far as it is used here. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Path of a report: jest's own, or the counts of a run. */
export function reportPath(name: string): string {
  mkdirSync(REPORTS, { recursive: true });
  return join(REPORTS, name);
}

export function saveCounts(name: string, counts: Counts): void {
  writeFileSync(reportPath(`${name}.counts.json`), JSON.stringify(counts));
}

/** @throws when jest died before it wrote its report. */
export function jestCounts(file: string): Counts {
  const report = JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.testResults
      .flatMap((suite) => suite.assertionResults)
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => fullName),
  };
}

/** Reads TAP (testanything.org), the output of `bats --formatter tap`. */
export function tapCounts(tap: string): Counts {
  const lines = tap.split('\n');
  const passed = lines.filter((line) => /^ok \d+/.test(line) && !SKIPPED.test(line)).length;
  const reported = lines.filter((line) => /^not ok \d+/.test(line)).length;
  const skipped = lines.filter((line) => /^ok \d+/.test(line) && SKIPPED.test(line));
  const planned = Number(/^1\.\.(\d+)$/m.exec(tap)?.[1] ?? 0);
  // A test of the plan that was never reported (a suite that died) has failed.
  const failed = Math.max(reported, planned - passed - skipped.length);
  return { passed, failed, skipped: skipped.map((line) => line.replace(/^ok \d+ /, '')) };
}

const SKIPPED = / # skip\b/i;

/** Whether a run with these counts is good: something ran, nothing failed, and in CI nothing was skipped. */
export function acceptable({ passed, failed, skipped }: Counts): boolean {
  return passed > 0 && failed === 0 && (skipped.length === 0 || !process.env['CI']);
}

export function describeCounts({ passed, failed, skipped }: Counts): string {
  const parts = [
    `${passed} passed`,
    failed > 0 ? `${failed} failed` : '',
    skipped.length > 0 ? `${skipped.length} skipped` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
