import { execFile } from 'node:child_process';
import { existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const GIB = 2 ** 30;

/** A disk to be made. */
export interface DiskSpec {
  /** Name in the instance's directory. */
  readonly file: string;
  readonly format: 'qcow2' | 'raw';
  /** GiB. */
  readonly size: number;
}

/**
 * Makes the disks of an instance that do not exist yet. The boot disk is an overlay on the image's, which is never written;
 * a data disk is blank and sparse.
 *
 * @param image path of the image's raw disk.
 */
export async function createDisks(
  directory: string,
  volumes: readonly DiskSpec[],
  image: string,
): Promise<void> {
  for (const { file, format, size } of volumes) {
    const path = join(directory, file);
    if (existsSync(path)) continue;
    if (format === 'raw') {
      writeFileSync(path, '', { mode: 0o600 });
      truncateSync(path, size * GIB);
    } else {
      await run('qemu-img', [
        'create',
        '-q',
        '-f',
        'qcow2',
        '-b',
        image,
        '-F',
        'raw',
        path,
        String(size * GIB),
      ]);
    }
  }
}
