import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK = 8 << 20;

interface Extent {
  readonly start: number;
  readonly length: number;
  readonly data: boolean;
  readonly offset?: number;
}

/**
 * Searches the raw content of an image for each needle. Holes are skipped, so that a sparse disk of many GiB costs
 * what it holds. A qcow2 overlay is read with what lies below it.
 *
 * @returns the names of the needles that occur.
 */
export function searchDisk(path: string, needles: ReadonlyMap<string, Buffer>): string[] {
  const found = new Set<string>();
  const overlap = Math.max(...[...needles.values()].map((needle) => needle.length)) - 1;
  withRaw(path, (raw, extents) => {
    for (const { start, length } of extents) {
      for (let at = start; at < start + length; at += CHUNK) {
        const chunk = readAt(raw, at, Math.min(CHUNK + overlap, start + length - at));
        for (const [name, needle] of needles) if (chunk.includes(needle)) found.add(name);
      }
    }
  });
  return [...found].sort();
}

function withRaw(path: string, work: (descriptor: number, extents: Extent[]) => void): void {
  const format = (JSON.parse(qemuImg('info', '-U', '--output=json', path)) as { format: string }).format;
  const raw = format === 'raw' ? path : `${path}.search`;
  if (raw !== path) qemuImg('convert', '-U', '-O', 'raw', path, raw);
  const descriptor = openSync(raw, 'r');
  try {
    const map = JSON.parse(qemuImg('map', '-U', '-f', 'raw', '--output=json', raw)) as Extent[];
    work(descriptor, joined(map.filter((extent) => extent.data)));
  } finally {
    closeSync(descriptor);
    if (raw !== path) execFileSync('rm', ['-f', '--', raw]);
  }
}

/** Neighbouring extents as one: a needle may lie across their border. */
function joined(extents: readonly Extent[]): Extent[] {
  const out: Extent[] = [];
  for (const extent of extents) {
    const last = out.at(-1);
    if (last !== undefined && last.start + last.length === extent.start) {
      out[out.length - 1] = { ...last, length: last.length + extent.length };
    } else {
      out.push(extent);
    }
  }
  return out;
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(descriptor, buffer, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

function qemuImg(...args: string[]): string {
  return execFileSync('qemu-img', args, { encoding: 'utf8', maxBuffer: 256 << 20 });
}
