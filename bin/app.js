// What `cdk` runs: bin/app.ts and what it imports of ours, as one CommonJS file. esbuild makes that in 20 ms; loading
// sixty TypeScript files, and the CDK by way of Node's ESM loader, takes a quarter of the whole synthesis.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { buildSync } from 'esbuild';

// Two syntheses can run at the same time: each has its own.
const outfile = resolve('node_modules', '.cache', 'sealroot', `app-${process.pid}.cjs`);
process.setSourceMapsEnabled(true);
buildSync({
  ...{ entryPoints: ['bin/app.ts'], outfile, bundle: true, packages: 'external', sourcemap: 'inline' },
  ...{ platform: 'node', format: 'cjs', supported: { 'dynamic-import': false }, logLevel: 'error' },
});
try {
  createRequire(import.meta.url)(outfile);
} finally {
  rmSync(outfile, { force: true });
}
