import { createHash } from 'node:crypto';

/**
 * A version for what Image Builder never lets change: another content, another version. Each of its three numbers
 * has to be below 2^30, so the last two carry 60 bits of the content's SHA-256.
 */
export function contentVersion(content: string): string {
  const digest = createHash('sha256').update(content).digest();
  return `1.${digest.readUInt32BE(0) >>> 2}.${digest.readUInt32BE(4) >>> 2}`;
}
