import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.ts';
import { acceptable, describeCounts, saveCounts, tapCounts } from './reports.ts';
import type { Task } from './tasks.ts';

/** Shells that the boot scripts have to run under: Debian's /bin/sh, and the initramfs's. */
export const SHELLS = ['dash', 'busybox sh'] as const;

const DIRECTORY = 'test/shell';

/**
 * Tests of scripts that only the booted system runs, or the build of an image: there sh is dash. The others are of what
 * the initramfs runs, whose sh is busybox's. CI runs all of them under both.
 */
const OF_THE_SYSTEM: readonly string[] = [
  'components.bats',
  'fetch-trust.bats',
  'locals.bats',
  'preseed-hooks.bats',
  'preseed-vectors.bats',
  'preseed.bats',
];

const runsUnder = (shell: (typeof SHELLS)[number], name: string): boolean =>
  Boolean(process.env['CI']) || (shell === 'dash') === OF_THE_SYSTEM.includes(name);

/**
 * The shell tests under one shell. They run the scripts with `$SEALROOT_TEST_SH SCRIPT`, unquoted;
 * bats itself is bash either way.
 */
export const batsTask = (shell: (typeof SHELLS)[number]): Task => ({
  name: `bats (${shell})`,
  run: async () => {
    // In seconds: a test that hangs is one that failed, and the slowest takes a tenth of it.
    const env = { SEALROOT_TEST_SH: shell, BATS_TEST_TIMEOUT: '180' };
    const names = readdirSync(DIRECTORY).filter((name) => name.endsWith('.bats') && runsUnder(shell, name));
    const files = names.sort().map((name) => join(DIRECTORY, name));
    const { status, stdout, stderr } = await execute(['bats', '--formatter', 'tap', ...files], { env });
    const counts = tapCounts(stdout);
    saveCounts(`bats-${shell.replace(' ', '-')}`, counts);
    const failures = stdout.split('\n').filter((line) => !/^ok \d+/.test(line) || line.includes('# skip'));
    return {
      ok: status === 0 && acceptable(counts),
      output: failures.join('\n') + stderr,
      note: describeCounts(counts),
    };
  },
});
