import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { decodeBase64url, encodeBase64url } from '../base64url.ts';

/** Protected header of a JWE under a key that both sides have; further members are authenticated with it. */
export interface DirectHeader {
  readonly alg: 'dir';
  readonly enc: 'A256GCM';
  readonly typ: string;
}

/**
 * JWE compact serialization with a shared key: `dir`, A256GCM (RFC 7516, RFC 7518 sections 4.5 and 5.3).
 *
 * @param key 32 bytes; for a few messages only, since the IV is random.
 */
export function encryptDirect(plaintext: Uint8Array, key: Uint8Array, header: DirectHeader): string {
  const head = encodeBase64url(JSON.stringify(header));
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(head, 'ascii'));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [head, '', ...[iv, body, cipher.getAuthTag()].map(encodeBase64url)].join('.');
}

/**
 * The protected header, which nothing has vouched for yet.
 *
 * @returns undefined when it is not one of `dir`, A256GCM and this `typ`, or asks for what we do not do.
 */
export function directHeader(jwe: string, typ: string): Record<string, unknown> | undefined {
  const bytes = decodeBase64url(jwe.split('.', 1)[0] ?? '');
  if (bytes === undefined) return undefined;
  try {
    const header = JSON.parse(bytes.toString('utf8')) as Record<string, unknown> | null;
    if (header?.['alg'] !== 'dir' || header['enc'] !== 'A256GCM' || header['typ'] !== typ) return undefined;
    return 'crit' in header || 'zip' in header ? undefined : header;
  } catch {
    return undefined;
  }
}

/** @returns the plaintext, or undefined for any failure. */
export function decryptDirect(jwe: string, key: Uint8Array, typ: string): Buffer | undefined {
  const [head = '', encryptedKey, iv = '', body = '', tag = '', ...rest] = jwe.split('.');
  if (encryptedKey !== '' || rest.length > 0 || directHeader(jwe, typ) === undefined) return undefined;
  const [ivBytes, bodyBytes, tagBytes] = [iv, body, tag].map(decodeBase64url);
  if (ivBytes?.length !== 12 || tagBytes?.length !== 16 || bodyBytes === undefined) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, ivBytes, { authTagLength: 16 });
    decipher.setAAD(Buffer.from(head, 'ascii')).setAuthTag(tagBytes);
    return Buffer.concat([decipher.update(bodyBytes), decipher.final()]);
  } catch {
    return undefined;
  }
}
