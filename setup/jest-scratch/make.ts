import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives the tests of a run, and what they start, one folder for temporary files. remove.ts removes it. */
export default function make(): void {
  // A short name: paths of sockets, which lie some folders below, have at most 107 characters.
  process.env['TMPDIR'] = process.env['SEALROOT_TEST_SCRATCH'] = mkdtempSync(join(tmpdir(), 'sealroot-'));
}
