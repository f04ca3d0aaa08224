import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BLOCK = 512;
const MAX_NAME = 100;

/**
 * A gzipped ustar archive of these folders, named by their last part. The same files give the same bytes on every
 * machine: sorted, no times, no owners, and of the modes only whether a file may be executed.
 */
export function deterministicTarGz(root: string, folders: readonly string[]): Buffer {
  const entries = folders.flatMap((folder) => filesBelow(root, folder)).sort();
  const parts = entries.flatMap((name) => entry(name, join(root, name)));
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 9 });
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((child) => {
    const name = `${folder}/${child.name}`;
    if (child.isDirectory()) return filesBelow(root, name);
    if (!child.isFile()) throw new Error(`${join(root, name)} is neither a file nor a folder`);
    return [name];
  });
}

function entry(name: string, file: string): Buffer[] {
  if (Buffer.byteLength(name) > MAX_NAME) throw new Error(`${name} is too long a name for a ustar archive`);
  const content = readFileSync(file);
  const mode = (lstatSync(file).mode & 0o100) === 0 ? 0o644 : 0o755;
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [header(name, mode, content.length), content, padding];
}

/** POSIX.1-1988 header block: octal numbers as text, and the sum of its bytes with the sum's own field blank. */
function header(name: string, mode: number, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return block;
}
