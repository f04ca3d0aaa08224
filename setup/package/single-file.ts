import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform, type BuildOptions } from 'esbuild';
import { notices } from './notices.ts';

/** Options as in lib/platform/bundle.ts: ES modules, of which only what is used goes in. */
const CHUNKED = {
  entryPoints: { sealroot: 'bin/packaged.js' },
  outdir: 'dist',
  write: false,
  metafile: true,
  bundle: true,
  minify: true,
  splitting: true,
  legalComments: 'none',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  mainFields: ['module', 'main'],
  logLevel: 'error',
} as const satisfies BuildOptions;

interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
}

/**
 * Makes the command line one file that needs nothing but node. The same sources and packages give the same bytes.
 *
 * @param root the clone.
 */
export async function singleFile(root: string): Promise<string> {
  const { version, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const { outputFiles, metafile } = await build({
    ...CHUNKED,
    absWorkingDir: root,
    define: { SEALROOT_VERSION: JSON.stringify(version) },
  });
  const chunks: [name: string, code: string][] = [];
  for (const { path, text } of outputFiles.toSorted((a, b) => a.path.localeCompare(b.path)))
    chunks.push([path.replace(/^.*\//, './'), await commonJs(text)]);
  // One line for each chunk, so that two of these files can be compared.
  const table = chunks.map(([name, code]) => `${JSON.stringify(name)}: ${JSON.stringify(code)}`);
  const loader = readFileSync(join(import.meta.dirname, 'loader.js'), 'utf8').replace(/^export /m, '');
  const licences = notices(Object.keys(metafile.inputs)).replaceAll('*/', '* /');
  return [
    '#!/usr/bin/env node',
    `// Sealroot ${version}, made by npm run package. The licences of what it contains of others are at its end.`,
    loader,
    `start(${JSON.stringify(minimum(engines.node))}, {\n${table.join(',\n')}\n}, './sealroot.js');`,
    `/*\n${licences}*/\n`,
  ].join('\n');
}

/** Turns a chunk into CommonJS: chunks ask for each other and for node's modules by `require`, which the loader answers. */
async function commonJs(code: string): Promise<string> {
  const options = { format: 'cjs', minify: true, supported: { 'dynamic-import': false } } as const;
  return (await transform(code, { ...options, target: 'node20', platform: 'node' })).code;
}

/** Reads `>=20.19` as numbers. @throws Error for any other form, which the loader would not compare rightly. */
function minimum(range: string): number[] {
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(range) ?? [];
  if (major === undefined || minor === undefined)
    throw new Error(`engines.node is ${range}, not >=MAJOR.MINOR`);
  return [Number(major), Number(minor)];
}
