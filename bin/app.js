// What `cdk` runs: bin/app.ts and what it imports of ours, as one CommonJS file. esbuild makes that in 20 ms; loading
// sixty TypeScript files, and the CDK by way of Node's ESM loader, takes a quarter of the whole synthesis.
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
// Two syntheses can run at the same time: each has its own. The CDK is found from here as from the sources.
const folder = inPackage('node_modules/.cache/sealroot');
const outfile = `${folder}/app-${process.pid}.cjs`;
mkdirSync(folder, { recursive: true });
process.setSourceMapsEnabled(true);
buildSync({
  ...{
    entryPoints: [inPackage('bin/app.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    sourcemap: 'inline',
  },
  ...{ platform: 'node', format: 'cjs', supported: { 'dynamic-import': false }, logLevel: 'error' },
  // lib/platform/root.ts finds the package from its own URL.
  define: { 'import.meta.url': JSON.stringify(new URL('../lib/platform/root.ts', import.meta.url).href) },
});
try {
  createRequire(import.meta.url)(outfile);
} finally {
  rmSync(outfile, { force: true });
}
