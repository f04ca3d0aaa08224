import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';

/** As the CDK app bundles a service. */
export const OPTIONS = {
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

export interface Bundle {
  /** The module to import. */
  readonly entry: string;
  /** Bytes that are loaded with the entry, and bytes in all. */
  readonly eager: number;
  readonly total: number;
  readonly metafile: Metafile;
}

/** @param name of the entry point in `outdir`, without extension. */
export async function bundle(source: string, outdir: string, plugins: Plugin[] = []): Promise<Bundle> {
  const { metafile } = await build({ ...OPTIONS, entryPoints: { index: source }, outdir, plugins });
  const entry = join(outdir, 'index.mjs');
  const eager = reachable(entry, (file) => metafile.outputs[file]?.imports ?? []);
  const bytes = (files: Iterable<string>): number =>
    [...files].reduce((sum, file) => sum + (metafile.outputs[file]?.bytes ?? 0), 0);
  return {
    entry: resolve(entry),
    eager: bytes(eager),
    total: bytes(Object.keys(metafile.outputs)),
    metafile,
  };
}

interface Import {
  readonly path: string;
  readonly kind: string;
}

/** What is loaded with `entry`: everything but what waits behind an `import()`. */
function reachable(entry: string, importsOf: (file: string) => readonly Import[]): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path, kind } of importsOf(file)) if (kind !== 'dynamic-import') visit(path);
  };
  visit(entry);
  return seen;
}

/**
 * Bundles nothing but the SDK's parts that `service` imports, loaded when it loads them: what the service would weigh
 * if it were free.
 */
export async function bundleSdkOnly(service: Bundle, source: string, directory: string): Promise<Bundle> {
  const { inputs } = service.metafile;
  const eager = reachable(source, (file) => inputs[file]?.imports ?? []);
  const own = Object.keys(inputs).filter((file) => !file.includes('node_modules'));
  const write = (name: string, files: readonly string[], more: string): string => {
    const lines = files.flatMap(sdkImports).map((line, i) => importInto(line, i));
    const file = join(directory, name);
    writeFileSync(
      file,
      [
        ...lines.map(({ text }) => text),
        `globalThis.sdk = [${lines.map((l) => l.local).join()}];`,
        more,
      ].join('\n'),
    );
    return file;
  };
  write(
    'later.ts',
    own.filter((file) => !eager.has(file)),
    '',
  );
  const entry = write(
    'now.ts',
    own.filter((file) => eager.has(file)),
    `export const later = () => import('./later.ts');`,
  );
  return bundle(entry, join(directory, 'out'));
}

const SDK_IMPORT = /^import \{([^}]*)\} from ('@(?:aws-sdk|smithy|aws-crypto)\/[^']+')/gms;

/** The values, not the types, that a source file imports from the SDK: `[names, module]`. */
function sdkImports(file: string): (readonly [string[], string])[] {
  return [...readFileSync(file, 'utf8').matchAll(SDK_IMPORT)].map(([, names = '', module = '']) => {
    const values = names.split(',').map((name) => name.trim());
    return [values.filter((name) => name !== '' && !name.startsWith('type ')), module] as const;
  });
}

function importInto(
  [names, module]: readonly [string[], string],
  index: number,
): { text: string; local: string } {
  const locals = names.map((name) => `${name}_${index}`);
  const list = names.map((name, i) => `${name} as ${locals[i] ?? name}`).join(', ');
  return { text: `import { ${list} } from ${module};`, local: locals.join() };
}
