import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

export const SERVICES = ['keyserver', 'operator'] as const;
export type Service = (typeof SERVICES)[number];

/** Source of a service; the CDK runs the app in the folder of cdk.json. */
const entry = (service: Service): string => resolve('lambda', service, 'handler.ts');

let bundles: ReadonlyMap<Service, Uint8Array> | undefined;

/**
 * Folder with `index.mjs`, the bundled handler of a service. All services are bundled by one run of esbuild, whose
 * start costs more than the work; several stages share its result.
 */
export function bundleFolder(service: Service): string {
  bundles ??= bundleAll();
  const folder = mkdtempSync(join(tmpdir(), `sealroot-${service}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'index.mjs'), bundles.get(service) ?? '');
  return folder;
}

function bundleAll(): ReadonlyMap<Service, Uint8Array> {
  const missing = SERVICES.map(entry).find((file) => !existsSync(file));
  if (missing !== undefined) throw new Error(`cannot bundle the Lambda services: ${missing} is missing`);
  const { outputFiles } = buildSync({
    entryPoints: Object.fromEntries(SERVICES.map((service) => [`${service}/index`, entry(service)])),
    outdir: 'bundles',
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    minify: true,
    legalComments: 'none',
    platform: 'node',
    target: 'node22',
    format: 'esm',
    // The SDK's `module` builds shake well; node's default order would take the CommonJS ones, 1.6 times the size.
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(dirname(path)) as Service, contents]));
}
