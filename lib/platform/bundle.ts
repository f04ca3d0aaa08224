import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, buildSync, type BuildOptions } from 'esbuild';
import { inPackage } from './root.ts';

export const SERVICES = ['keyserver', 'operator', 'preseed'] as const;
export type Service = (typeof SERVICES)[number];

const OPTIONS: BuildOptions = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  // Modules that a handler imports when it first needs them (the EC2 client, at enrolment) stays out of the cold start.
  splitting: true,
  legalComments: 'none',
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // The SDK's `module` builds shake well; node's default order would take the CommonJS ones, 1.6 times the size.
  mainFields: ['module', 'main'],
  logLevel: 'error',
};

/** Our part of what a bundle is made of. */
const SOURCES = ['lambda', 'protocol', 'tsconfig.json'];
/** The exact versions of everything else. It exists in a clone, and not where the package is installed. */
const LOCK = 'package-lock.json';

let madeHere: string | undefined;

/**
 * Folder with the bundled handler of a service, `index.mjs`, and its chunks.
 *
 * Bundles are kept under node_modules/.cache as long as nothing that they are made of changes: reading two thousand
 * files of the SDK again takes longer than the rest of the synthesis. Without a lock file nothing says which versions
 * a kept bundle has in it, and one serves this process alone.
 *
 * @throws Error when a source file is missing or does not compile
 */
export function bundleOf(service: Service): string {
  madeHere ??= kept() ?? make((draft) => SERVICES.forEach((one) => buildSync(bundling(one, draft))));
  return join(madeHere, service);
}

/** Makes the bundles that {@link bundleOf} then finds, side by side in one process of esbuild. */
export async function prepareBundles(): Promise<void> {
  const folder = cacheFolder();
  if (folder === undefined || existsSync(folder)) return;
  const draft = newDraft(folder);
  try {
    await Promise.all(SERVICES.map((service) => build(bundling(service, draft))));
    keep(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

function kept(): string | undefined {
  const folder = cacheFolder();
  return folder !== undefined && existsSync(folder) ? folder : undefined;
}

function make(fill: (draft: string) => void): string {
  const folder = cacheFolder();
  const draft = newDraft(folder);
  fill(draft);
  if (folder === undefined) {
    process.once('exit', () => rmSync(draft, { recursive: true, force: true }));
    return draft;
  }
  keep(draft, folder);
  return folder;
}

const newDraft = (folder: string | undefined): string => {
  if (folder === undefined) return mkdtempSync(join(tmpdir(), 'sealroot-bundles-'));
  mkdirSync(join(folder, '..'), { recursive: true });
  return mkdtempSync(`${folder}-draft-`);
};

/** The folder appears whole or not at all, and of two processes that make it, either may win. */
function keep(draft: string, folder: string): void {
  try {
    if (!existsSync(folder)) renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function bundling(service: Service, draft: string): BuildOptions {
  const entry = inPackage('lambda', service, 'handler.ts');
  if (!existsSync(entry)) throw new Error(`cannot bundle the ${service} service: ${entry} is missing`);
  // Chunks are named by a hash of their paths relative to this folder: it has to be the same from wherever one asks.
  const options = { absWorkingDir: inPackage(), outdir: join(draft, service) };
  return { ...OPTIONS, ...options, entryPoints: { index: entry } };
}

let digest: string | undefined;

function cacheFolder(): string | undefined {
  if (!existsSync(inPackage(LOCK))) return undefined;
  digest ??= inputsDigest();
  return inPackage('node_modules', '.cache', 'sealroot', 'bundles', digest);
}

function inputsDigest(): string {
  const hash = createHash('sha256').update(JSON.stringify(OPTIONS));
  for (const file of [...SOURCES, LOCK].flatMap((name) => filesAt(inPackage(name))).sort()) {
    hash.update(`\0${relative(inPackage(), file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesAt(path: string): string[] {
  if (!existsSync(path)) throw new Error(`cannot bundle the Lambda services: ${path} is missing`);
  if (path.endsWith('.json')) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((child) => child.isFile() && child.name.endsWith('.ts'))
    .map((child) => join(child.parentPath, child.name));
}
