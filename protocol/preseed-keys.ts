import { createHash, hkdfSync } from 'node:crypto';

/** What follows from a registration's secret by HKDF-SHA256 (RFC 5869), 32 bytes each. SPEC.md section 14. */
export const SECRET_BYTES = 32;

/** HKDF with SHA-256 and an empty salt; members of `info` are separated by LF. */
function derive(secret: Uint8Array, ...info: readonly (string | number)[]): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info.join('\n'), 32));
}

export const subkeyOf = (secret: Uint8Array): Buffer => derive(secret, 'sealroot/v1/preseed/subkey');

export const messageKey = (secret: Uint8Array, server: string, seq: number): Buffer =>
  derive(secret, 'sealroot/v1/preseed/message', server, seq);

export const reportKey = (secret: Uint8Array, server: string): Buffer =>
  derive(secret, 'sealroot/v1/preseed/report', server);

/** What the service keeps of a subkey: SHA-256, base64url. */
export const hashSubkey = (subkey: Uint8Array): string =>
  createHash('sha256').update(subkey).digest('base64url');
