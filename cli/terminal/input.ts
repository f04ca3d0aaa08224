import type { Readable } from 'node:stream';

/** Reads everything up to the end. @throws Error when it is more than `most` bytes: a pipe can go on forever. */
export async function readAll(input: Readable, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new Error(`more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
