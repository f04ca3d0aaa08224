#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const clone = fileURLToPath(new URL('..', import.meta.url));
// A shell asks for this before every line that is typed: it does not wait for the rest to be loaded, and an error
// would stand in every prompt.
if (process.argv.slice(2).join(' ') === 'login prompt') {
  const { promptLine } = await import('../cli/login/prompt.js');
  const line = promptLine(process.env, Date.now());
  if (line !== '') console.log(line);
} else if (existsSync(`${clone}node_modules/commander`)) {
  await import((await bundled()) ?? (await sources()));
} else {
  console.error(`sealroot: its npm packages are not installed.\n  Install them: npm --prefix '${clone}' ci`);
  process.exitCode = 1;
}

/** The command line with the parts of packages that it uses; undefined where it cannot be made, by another user say. */
async function bundled() {
  try {
    const { bundle } = await import('./bundle.js');
    const folder = await bundle('cli', ['bin', 'cli', 'protocol'], {
      entryPoints: ['bin/sealroot.ts'],
      format: 'esm',
      splitting: true,
      outExtension: { '.js': '.mjs' },
      mainFields: ['module', 'main'],
      target: 'node20',
      // Packages in CommonJS ask for modules of node's by `require`.
      banner: {
        js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
      },
      // cli/installation.ts finds the clone from its own URL.
      define: { 'import.meta.url': JSON.stringify(new URL('../cli/installation.ts', import.meta.url).href) },
    });
    return pathToFileURL(join(folder, 'sealroot.mjs')).href;
  } catch {
    return undefined;
  }
}

/** The sources as they are. Node 22.18 and later strip types by themselves; for Node 20, tsx does as modules load. */
async function sources() {
  if (!process.features.typescript) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  return './sealroot.ts';
}
