// @ts-check
// Sources of this clone as JavaScript, made once and kept as long as no source changes: it loads in a fraction of the time
// of many TypeScript files and packages. Plain JavaScript, since it runs before anything strips types.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const CACHE = join(ROOT, 'node_modules', '.cache', 'sealroot');
/** A program that still runs loads parts of its bundle when it needs them, after a source has changed. */
const KEEP_OLDER_MS = 24 * 60 * 60_000;

/**
 * @param {string} name of the bundle and of its folder in the cache
 * @param {readonly string[]} folders of all sources that go in; of the packages the lock file tells
 * @param {import('esbuild').BuildOptions} options without those that say where
 * @returns {Promise<string>} folder of the bundle, which is there
 * @throws {Error} when esbuild is not installed, or the cache cannot be written
 */
export async function bundle(name, folders, options) {
  const all = join(CACHE, name);
  const folder = join(all, digest(folders));
  if (existsSync(folder)) return folder;
  const { build } = await import('esbuild');
  const draft = `${folder}.${process.pid}`;
  mkdirSync(all, { recursive: true });
  removeOlder(all);
  await build({
    ...options,
    outdir: draft,
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
  });
  try {
    // The folder appears whole or not at all: two programs can start at the same time.
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** @param {readonly string[]} folders */
function digest(folders) {
  const hash = createHash('sha256');
  const read = (/** @type {string} */ file) =>
    hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  for (const file of ['package.json', 'package-lock.json']) read(file);
  for (const folder of folders) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((each) => /\.[jt]s$/.test(each)).sort()) read(join(folder, file));
  }
  return hash.digest('hex');
}

/** @param {string} folder */
function removeOlder(folder) {
  for (const each of readdirSync(folder)) {
    const path = join(folder, each);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs !== undefined && Date.now() - mtimeMs > KEEP_OLDER_MS)
      rmSync(path, { recursive: true, force: true });
  }
}
