import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

export const SERVICES = ['keyserver', 'operator'] as const;
export type Service = (typeof SERVICES)[number];

/** Of each service, the folder with its bundled handler, `index.mjs`. */
export type Bundles = Readonly<Record<Service, string>>;

/**
 * Bundles the handlers, side by side in one process of esbuild. The folders are gone when this process ends; the CDK
 * copies them into the cloud assembly before.
 */
export async function bundleServices(): Promise<Bundles> {
  const root = mkdtempSync(join(tmpdir(), 'sealroot-bundles-'));
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  const folders = await Promise.all(SERVICES.map((service) => bundle(service, join(root, service))));
  return Object.fromEntries(folders) as Bundles;
}

async function bundle(service: Service, outdir: string): Promise<[Service, string]> {
  // The CDK runs the app in the folder of cdk.json.
  const entry = resolve('lambda', service, 'handler.ts');
  if (!existsSync(entry)) throw new Error(`cannot bundle the ${service} service: ${entry} is missing`);
  await build({
    entryPoints: { index: entry },
    outdir,
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
  });
  return [service, outdir];
}
