// Entry that `cdk` runs: bin/app.ts and what it imports of ours, as one CommonJS file, without the CDK's way through
// Node's ESM loader.
import module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundle, CACHE } from './bundle.js';

process.setSourceMapsEnabled(true);
// From Node 22 on, V8 keeps what it has compiled: of the CDK that is most of the loading.
module.enableCompileCache?.(join(CACHE, 'compiled'));
const folder = await bundle('app', ['bin', 'lib', 'protocol'], {
  entryPoints: ['bin/app.ts'],
  packages: 'external',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  supported: { 'dynamic-import': false },
  sourcemap: 'inline',
  // lib/platform/root.ts finds the package from its own URL.
  define: { 'import.meta.url': JSON.stringify(new URL('../lib/platform/root.ts', import.meta.url).href) },
});
createRequire(import.meta.url)(join(folder, 'app.cjs'));
