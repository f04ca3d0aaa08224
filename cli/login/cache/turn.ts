import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import { cacheDirectory, privateDirectory } from './directory.ts';

/** Milliseconds: as long as a person may look for the device. */
const PATIENCE = 180_000;
const INTERVAL = 200;

/**
 * Does something while no other login on this machine does: a tool that opens ten connections runs credential_process
 * ten times, and one code has to do for all of them.
 *
 * @throws Failure `unavailable` when another one takes too long.
 */
export async function inTurn<T>(
  context: Pick<Context, 'env' | 'now' | 'sleep'>,
  perform: () => Promise<T>,
): Promise<T> {
  const file = join(privateDirectory(cacheDirectory(context.env)), 'login.lock');
  const end = context.now() + PATIENCE;
  while (!take(file)) {
    if (context.now() > end)
      throw new Failure(
        'unavailable',
        'Another login is waiting for its code.',
        `Finish it, or remove ${file}`,
      );
    await context.sleep(INTERVAL);
  }
  try {
    return await perform();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    const descriptor = openSync(file, 'wx', 0o600);
    writeSync(descriptor, String(process.pid));
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // The lock of a login that was killed. Two that see it at once may ask twice, which is no harm.
  if (!isAlive(file)) rmSync(file, { force: true });
  return false;
}

function isAlive(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // Between being made and being written it is empty, for a moment.
    if (!(pid > 0)) return Date.now() - statSync(file).mtimeMs < 5000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
