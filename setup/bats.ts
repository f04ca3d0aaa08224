import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { acceptable, describeCounts, saveCounts, tapCounts } from './reports.ts';
import { execute, type Task } from './tasks.ts';

/** Shells that the boot scripts have to run under: Debian's /bin/sh, and the initramfs's. */
export const SHELLS = ['dash', 'busybox sh'] as const;

const DIRECTORY = 'test/shell';

/**
 * The agent runs on the booted system, whose sh is dash, and its tests are half of the time: under busybox they are
 * for CI. What it shares with the initramfs is tested under both, everywhere.
 */
const AGENT = ['preseed.bats', 'preseed-hooks.bats'];

/**
 * The shell tests under one shell. They run the scripts with `$SEALROOT_TEST_SH SCRIPT`, unquoted;
 * bats itself is bash either way.
 */
export const batsTask = (shell: (typeof SHELLS)[number]): Task => ({
  name: `bats (${shell})`,
  run: async () => {
    // In seconds: a test that hangs is one that failed, and the slowest takes a tenth of it.
    const env = { SEALROOT_TEST_SH: shell, BATS_TEST_TIMEOUT: '180' };
    const without = shell === 'dash' || process.env['CI'] ? [] : AGENT;
    const names = readdirSync(DIRECTORY).filter((name) => name.endsWith('.bats') && !without.includes(name));
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
