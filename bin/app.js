// Entry that `cdk` runs: bin/app.ts and what it imports of ours, as one CommonJS file, which loads in a fraction of the
// time of sixty TypeScript files and of the CDK by way of Node's ESM loader. It is kept as long as no source changes.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'sealroot');
/** Sources of the app; of the rest, only that its versions are the same matters. */
const SOURCES = ['bin', 'lib', 'protocol'];

process.setSourceMapsEnabled(true);
// From Node 22 on, V8 keeps what it has compiled: of the CDK that is most of the loading.
module.enableCompileCache?.(join(CACHE, 'compiled'));
const outfile = join(CACHE, 'app', `${digest()}.cjs`);
if (!existsSync(outfile)) await compile();
createRequire(import.meta.url)(outfile);

function digest() {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package.json')));
  for (const folder of SOURCES) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.[jt]s$/.test(name),
    );
    for (const name of files.sort())
      hash.update(`\0${name}\0`).update(readFileSync(join(ROOT, folder, name)));
  }
  return hash.digest('hex');
}

/** The file appears whole or not at all: two syntheses can run at the same time. */
async function compile() {
  const { buildSync } = await import('esbuild');
  rmSync(join(CACHE, 'app'), { recursive: true, force: true });
  mkdirSync(join(CACHE, 'app'), { recursive: true });
  const draft = `${outfile}.${process.pid}`;
  buildSync({
    ...{ entryPoints: [join(ROOT, 'bin', 'app.ts')], outfile: draft, bundle: true, packages: 'external' },
    ...{ platform: 'node', format: 'cjs', supported: { 'dynamic-import': false }, logLevel: 'error' },
    sourcemap: 'inline',
    // lib/platform/root.ts finds the package from its own URL.
    define: { 'import.meta.url': JSON.stringify(new URL('../lib/platform/root.ts', import.meta.url).href) },
  });
  renameSync(draft, outfile);
}
