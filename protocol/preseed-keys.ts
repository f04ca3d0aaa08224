import { createHash, hkdfSync } from 'node:crypto';

/**
 * Derives a key from the secret of a registration: HKDF-SHA256 (RFC 5869) with an empty salt, 32 bytes; members of
 * `info` are separated by LF. SPEC.md section 14.
 */
function derive(secret: Uint8Array, ...info: readonly (string | number)[]): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info.join('\n'), 32));
}

export const subkeyOf = (secret: Uint8Array): Buffer => derive(secret, 'sealroot/v1/preseed/subkey');

export const messageKey = (secret: Uint8Array, server: string, seq: number): Buffer =>
  derive(secret, 'sealroot/v1/preseed/message', server, seq);

export const reportKey = (secret: Uint8Array, server: string): Buffer =>
  derive(secret, 'sealroot/v1/preseed/report', server);

/** Hashes a subkey as the service keeps it: SHA-256, base64url. */
export const hashSubkey = (subkey: Uint8Array): string =>
  createHash('sha256').update(subkey).digest('base64url');

/** Derives the service's own key, which ties the stored registration to its secret. SPEC.md section 19. */
export const bindingKey = (secret: Uint8Array): Buffer => derive(secret, 'sealroot/v1/preseed/binding');
