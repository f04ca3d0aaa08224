/** `npm run package`: the command line as one executable file, dist/sealroot. Usage: node setup/package.ts [FILE] */
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { singleFile } from './package/single-file.ts';

const root = join(import.meta.dirname, '..');
const file = process.argv[2] ?? join(root, 'dist', 'sealroot');
const text = await singleFile(root);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(`${file}.new`, text);
chmodSync(`${file}.new`, 0o755);
// A process that starts meanwhile gets the old file or the new one.
renameSync(`${file}.new`, file);
console.log(`${file}: ${(Buffer.byteLength(text) / 1_000_000).toFixed(2)} MB`);
