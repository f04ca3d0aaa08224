import { constants, publicEncrypt, type KeyObject } from 'node:crypto';
import type { Random } from '../../platform/ports/random.ts';

/** Crockford's base32, lower-case: no i, l, o, u, so that it can be read out over a telephone. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** 32 characters, 160 bits. 256 is a multiple of 32, so the low five bits of a byte are not biased. */
export function recoveryPassphrase(random: Random): string {
  const bytes = random.bytes(32);
  const passphrase = Array.from(bytes, (byte) => ALPHABET.charAt(byte & 31)).join('');
  bytes.fill(0);
  return passphrase;
}

/** RSA-OAEP with SHA-256 and MGF1-SHA-256: what KMS calls RSAES_OAEP_SHA_256. @returns base64url. */
export function sealToCustodian(passphrase: string, key: KeyObject): string {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return publicEncrypt({ key, padding, oaepHash: 'sha256' }, Buffer.from(passphrase)).toString('base64url');
}
