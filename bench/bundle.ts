import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';

/** Options by which the CDK app bundles a service; `keyserverSize` makes sure that they still are. */
const OPTIONS = {
  bundle: true,
  minify: true,
  splitting: true,
  legalComments: 'none',
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

export interface Bundle {
  /** Absolute path of the module. */
  readonly file: string;
  /** Bytes that are loaded with it, and bytes in all. */
  readonly atStart: number;
  readonly total: number;
  readonly inputs: Metafile['inputs'];
}

/** @param folder relative to the repository, as `source` is; gets `index.mjs` and what it loads. */
export async function bundle(source: string, folder: string, plugins: Plugin[] = []): Promise<Bundle> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({ ...OPTIONS, entryPoints: { index: source }, outdir: folder, plugins });
  const { inputs, outputs } = metafile;
  const index = join(folder, 'index.mjs');
  const bytes = (files: Iterable<string>): number =>
    [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
  const atStart = bytes(reachable(index, (file) => outputs[file]?.imports ?? []));
  return { file: resolve(index), atStart, total: bytes(Object.keys(outputs)), inputs };
}

interface Import {
  readonly path: string;
  readonly kind: string;
}

/** Modules that are loaded with `entry`: everything but what waits behind an `import()`. */
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
  const { inputs } = service;
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
  return bundle(entry, join(directory, 'sdk-only'));
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
