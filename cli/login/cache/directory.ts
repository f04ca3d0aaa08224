import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Failure, type Advice } from '../../failure.ts';

/** `$XDG_CACHE_HOME/sealroot`, else `~/.cache/sealroot`. A relative XDG_CACHE_HOME is to be ignored (XDG base directories). */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CACHE_HOME'];
  if (base !== undefined && isAbsolute(base)) return join(base, 'sealroot');
  return join(env['HOME'] ?? homedir(), '.cache', 'sealroot');
}

/**
 * Makes a directory that only its owner may enter.
 *
 * @throws Failure `refused` when one is there that others may, or none can be made.
 */
export function privateDirectory(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Failure(
      'refused',
      `Nothing can be kept in ${directory}: ${error instanceof Error ? error.message : ''}`,
      'Name a directory of yours: XDG_CACHE_HOME=DIR',
      error,
    );
  }
  const { mode, uid } = lstatSync(directory);
  if (exposed(mode, uid)) throw readByOthers(directory, `Put that right: chmod 700 '${directory}'`);
  return directory;
}

/**
 * Reads a file that only its owner may read.
 *
 * @returns undefined when there is none.
 * @throws Failure `refused` when others may read or replace it: it may be theirs.
 */
export function readPrivate(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP' || code === 'EACCES') throw readByOthers(file, forget);
    throw error;
  }
  try {
    const { mode, uid } = fstatSync(descriptor);
    if (exposed(mode, uid)) throw readByOthers(file, forget);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Writes all of it or nothing, whenever the power fails. */
export function writePrivate(directory: string, name: string, content: string): void {
  const file = join(privateDirectory(directory), name);
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

const exposed = (mode: number, uid: number): boolean =>
  (mode & 0o077) !== 0 || uid !== (process.getuid?.() ?? uid);

const forget: Advice = (suggest) => `Put that right: ${suggest('logout --all')}`;

const readByOthers = (file: string, remedy: Advice): Failure =>
  new Failure(
    'refused',
    `${file} is not yours alone: sessions are kept only where nobody else can read them.`,
    remedy,
  );
