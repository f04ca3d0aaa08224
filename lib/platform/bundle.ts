import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

export const SERVICES = ['keyserver', 'operator', 'preseed'] as const;
export type Service = (typeof SERVICES)[number];

/** Of each service, the folder with its bundled handler, `index.mjs`. */
export type Bundles = Readonly<Record<Service, string>>;

const OPTIONS: BuildOptions = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  // What a handler imports when it first needs it (the EC2 client, at enrolment) stays out of the cold start.
  splitting: true,
  legalComments: 'none',
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // The SDK's `module` builds shake well; node's default order would take the CommonJS ones, 1.6 times the size.
  mainFields: ['module', 'main'],
  logLevel: 'error',
};

/** The CDK runs the app in the folder of cdk.json. */
const CACHE = resolve('node_modules', '.cache', 'sealroot', 'bundles');
/** Whatever a bundle is made of: our sources, and the exact versions of everything else. */
const INPUTS = ['lambda', 'protocol', 'package-lock.json', 'tsconfig.json'];

/**
 * Bundles the handlers, side by side in one process of esbuild. Bundles are kept as long as nothing that they are
 * made of changes: reading two thousand files of the SDK again takes longer than the rest of the synthesis.
 */
export async function bundleServices(): Promise<Bundles> {
  const folder = join(CACHE, inputsDigest());
  if (!existsSync(folder)) await fill(folder);
  return Object.fromEntries(SERVICES.map((service) => [service, join(folder, service)])) as Bundles;
}

/** The folder appears whole or not at all, and of two processes that make it, either may win. */
async function fill(folder: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, 'draft-'));
  try {
    await Promise.all(SERVICES.map((service) => bundle(service, join(draft, service))));
    if (!existsSync(folder)) renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function bundle(service: Service, outdir: string): Promise<void> {
  const entry = resolve('lambda', service, 'handler.ts');
  if (!existsSync(entry)) throw new Error(`cannot bundle the ${service} service: ${entry} is missing`);
  await build({ ...OPTIONS, entryPoints: { index: entry }, outdir });
}

function inputsDigest(): string {
  const hash = createHash('sha256').update(JSON.stringify(OPTIONS));
  for (const file of INPUTS.flatMap(filesAt).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesAt(path: string): string[] {
  if (!existsSync(path)) throw new Error(`cannot bundle the Lambda services: ${resolve(path)} is missing`);
  if (path.includes('.')) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((child) => child.isFile() && child.name.endsWith('.ts'))
    .map((child) => join(child.parentPath, child.name));
}
