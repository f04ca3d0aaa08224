// Edits the JSON metadata of a LUKS2 image in place and makes the checksums of both copies right again.
// Format: https://gitlab.com/cryptsetup/LUKS2-docs, section 2.1. Usage: edit-header.mjs IMAGE 'json.member = value'
import { createHash } from 'node:crypto';
import { openSync, readSync, writeSync } from 'node:fs';

const BINARY = 4096;
const CHECKSUM = 448;
const [image = '', edit = ''] = process.argv.slice(2);
const file = openSync(image, 'r+');
const first = Buffer.alloc(BINARY);
readSync(file, first, 0, BINARY, 0);
const size = Number(first.readBigUInt64BE(8));

for (const at of [0, size]) {
  const header = Buffer.alloc(size);
  readSync(file, header, 0, size, at);
  const json = JSON.parse(header.subarray(BINARY, header.indexOf(0, BINARY)).toString('utf8'));
  new Function('json', edit)(json);
  header.fill(0, BINARY).write(JSON.stringify(json), BINARY);
  header.fill(0, CHECKSUM, CHECKSUM + 64);
  createHash('sha256').update(header).digest().copy(header, CHECKSUM);
  writeSync(file, header, 0, size, at);
}
