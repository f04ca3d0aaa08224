import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  diffieHellman,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { decodeBase64url, encodeBase64url } from '../base64url.ts';
import { importPublicJwk, isEcPublicJwk, jwkOfPoint, pointOf, type EcPublicJwk } from './jwk.ts';

const ENC = 'A256GCM';

/**
 * JWE compact serialization, ECDH-ES (direct key agreement) with A256GCM
 * (RFC 7516, RFC 7518 sections 4.6 and 5.3).
 *
 * @param apv agreement PartyVInfo, base64url as it appears in the header: binds the derived key to the request.
 */
export function encryptJwe(plaintext: Uint8Array, to: EcPublicJwk, apv: string): string {
  // ECDH on raw points: a third of the time that key objects take, and a release does this at every boot.
  const ephemeral = createECDH('prime256v1');
  const epk = jwkOfPoint(ephemeral.generateKeys());
  const head = encodeBase64url(JSON.stringify({ alg: 'ECDH-ES', enc: ENC, apv, epk }));
  const key = deriveKey(ephemeral.computeSecret(pointOf(to)), '', apv);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(head, 'ascii'));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  key.fill(0);
  const parts = [iv, body, cipher.getAuthTag()].map(encodeBase64url);
  return [head, '', ...parts].join('.');
}

/** @returns the plaintext, or undefined for any failure. */
export function decryptJwe(jwe: string, privateKey: KeyObject): Buffer | undefined {
  const parts = jwe.split('.');
  const [head = '', encryptedKey, iv, body, tag] = parts;
  if (parts.length !== 5 || encryptedKey !== '') return undefined;
  try {
    const header = JSON.parse(decodeBase64url(head)?.toString('utf8') ?? '') as Record<string, unknown>;
    const { alg, enc, epk, apu = '', apv = '' } = header;
    if (alg !== 'ECDH-ES' || enc !== ENC || 'crit' in header || !isEcPublicJwk(epk)) return undefined;
    if (typeof apu !== 'string' || typeof apv !== 'string') return undefined;
    const z = diffieHellman({ privateKey, publicKey: importPublicJwk(epk) });
    const key = deriveKey(z, apu, apv);
    const decipher = createDecipheriv('aes-256-gcm', key, decode(iv, 12), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(head, 'ascii')).setAuthTag(decode(tag, 16));
    return Buffer.concat([decipher.update(decode(body)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function decode(part: string | undefined, length?: number): Buffer {
  const bytes = decodeBase64url(part ?? '');
  if (bytes === undefined || (length !== undefined && bytes.length !== length))
    throw new RangeError('bad JWE part');
  return bytes;
}

/** Concat KDF of NIST SP 800-56A as RFC 7518 section 4.6.2 fills it in; one round gives the 256 bits. Wipes `z`. */
function deriveKey(z: Buffer, apu: string, apv: string): Buffer {
  const hash = createHash('sha256')
    .update(uint32(1))
    .update(z)
    .update(lengthPrefixed(Buffer.from(ENC, 'ascii')))
    .update(lengthPrefixed(decodeBase64url(apu) ?? Buffer.alloc(0)))
    .update(lengthPrefixed(decodeBase64url(apv) ?? Buffer.alloc(0)))
    .update(uint32(256))
    .digest();
  z.fill(0);
  return hash;
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

function lengthPrefixed(bytes: Uint8Array): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}
