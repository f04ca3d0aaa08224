import {
  constants,
  createCipheriv,
  createDecipheriv,
  createECDH,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { KmsKey } from './keys.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/** First bytes of every symmetric ciphertext: which format, and by which key. */
const MAGIC = Buffer.from('SRK1', 'ascii');
const KEY_ID_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** `SRK1 | key id | iv | tag | ciphertext`; key id and encryption context are authenticated with it. */
export function seal(key: KmsKey, plaintext: Buffer, context: EncryptionContext): Buffer {
  const id = keyIdBytes(key.id);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.secret(), iv).setAAD(additionalData(id, context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([MAGIC, id, iv, cipher.getAuthTag(), body]);
}

/** Id of the key that made this ciphertext. @throws AwsError `InvalidCiphertextException` */
export function keyIdOf(blob: Buffer): string {
  if (
    blob.length < MAGIC.length + KEY_ID_BYTES + IV_BYTES + TAG_BYTES ||
    !blob.subarray(0, 4).equals(MAGIC)
  ) {
    throw invalidCiphertext();
  }
  const hex = blob.subarray(4, 4 + KEY_ID_BYTES).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @throws AwsError `InvalidCiphertextException` when anything is not as it was sealed, the context included. */
export function unseal(key: KmsKey, blob: Buffer, context: EncryptionContext): Buffer {
  const id = keyIdBytes(key.id);
  const iv = blob.subarray(20, 20 + IV_BYTES);
  const tag = blob.subarray(32, 32 + TAG_BYTES);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.secret(), iv)
      .setAAD(additionalData(id, context))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(blob.subarray(48)), decipher.final()]);
  } catch {
    throw invalidCiphertext();
  }
}

export function invalidCiphertext(): AwsError {
  // KMS says no more than this either: it does not tell a wrong context from a broken blob.
  return new AwsError('InvalidCiphertextException', '');
}

function keyIdBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function additionalData(id: Buffer, context: EncryptionContext): Buffer {
  const sorted = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([id, Buffer.from(JSON.stringify(sorted))]);
}

const OAEP_HASH: Readonly<Record<string, { readonly name: string; readonly bytes: number }>> = {
  RSAES_OAEP_SHA_1: { name: 'sha1', bytes: 20 },
  RSAES_OAEP_SHA_256: { name: 'sha256', bytes: 32 },
};

/**
 * @throws AwsError `InvalidKeyUsageException` for an algorithm that RSA keys do not have, `ValidationException` for
 *   more than fits: the modulus less two hashes and two bytes (RFC 8017 section 7.1.1).
 */
export function encryptRsa(key: KmsKey, plaintext: Buffer, algorithm: string): Buffer {
  const { bytes: hash } = hashOf(algorithm);
  const most = Number(key.spec.slice('RSA_'.length)) / 8 - 2 * hash - 2;
  if (plaintext.length > most) {
    throw new AwsError(
      'ValidationException',
      `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${String(most)} bytes.`,
    );
  }
  return publicEncrypt({ key: key.privateKey(), ...oaep(algorithm) }, plaintext);
}

export function decryptRsa(key: KmsKey, ciphertext: Buffer, algorithm: string): Buffer {
  const options = oaep(algorithm);
  try {
    return privateDecrypt({ key: key.privateKey(), ...options }, ciphertext);
  } catch {
    throw invalidCiphertext();
  }
}

const oaep = (algorithm: string) => ({
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: hashOf(algorithm).name,
});

function hashOf(algorithm: string) {
  const hash = Object.hasOwn(OAEP_HASH, algorithm) ? OAEP_HASH[algorithm] : undefined;
  if (hash !== undefined) return hash;
  throw new AwsError('InvalidKeyUsageException', `not an encryption algorithm of this key: ${algorithm}`);
}

/** ECDSA over P-256 with SHA-256, DER. */
export function signMessage(privateKey: KeyObject, message: Buffer): Buffer {
  return sign('sha256', message, privateKey);
}

const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

/**
 * ECDSA over a digest made elsewhere (FIPS 186-5 section 6.4.1), DER. OpenSSL as node:crypto shows it always hashes,
 * so this is written out. The arithmetic is not constant-time, which is fine for keys that guard nothing but a local
 * trial.
 */
export function signDigest(privateKey: KeyObject, digest: Buffer): Buffer {
  const d = toBigInt(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  const k = toBigInt(ecdh.getPrivateKey());
  const r = toBigInt(ecdh.getPublicKey().subarray(1, 33)) % ORDER;
  const s = (inverse(k) * (toBigInt(digest) + r * d)) % ORDER;
  if (r === 0n || s === 0n) return signDigest(privateKey, digest);
  const body = Buffer.concat([derInteger(r), derInteger(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** Inverse modulo the order, by Fermat's theorem: the order is prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let base = value % ORDER;
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER;
    base = (base * base) % ORDER;
  }
  return result;
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`);
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const positive = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, positive.length]), positive]);
}
