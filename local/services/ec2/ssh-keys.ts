/** SSH keys as EC2 takes, makes and shows them. */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { formatOpensshKey } from '../../../protocol/ssh/openssh-private.ts';
import { blobOf, keyOf, kindOf } from '../../../protocol/ssh/public-key.ts';
import { KeyFormatError } from '../../../protocol/ssh/wire.ts';

export type SshKeyType = 'rsa' | 'ed25519';

export interface SshPublicKey {
  readonly type: SshKeyType;
  readonly key: KeyObject;
  /** RFC 4253 section 6.6, RFC 8709. */
  readonly blob: Buffer;
}

/** EC2 takes these lengths of RSA keys. */
const RSA_BITS = [1024, 2048, 4096];
const MADE_RSA_BITS = 2048;

/**
 * Reads a line of OpenSSH's public key format.
 *
 * @returns undefined when it is none, or of a kind that EC2 does not take.
 */
export function parsePublicKey(line: string): SshPublicKey | undefined {
  const [name, text = ''] = line.trim().split(/\s+/);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const blob = Buffer.from(text, 'base64');
  try {
    const key = kindOf(blob) === name ? keyOf(blob) : undefined;
    // Bytes behind the key would be kept and shown as part of it.
    if (key === undefined || !blobOf(key).equals(blob)) return undefined;
    const type = key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ed25519';
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return bits === undefined || RSA_BITS.includes(bits) ? { type, key, blob } : undefined;
  } catch (error) {
    if (error instanceof KeyFormatError) return undefined;
    throw error;
  }
}

/** A line of OpenSSH's public key format. */
export function formatPublicKey({ type, blob }: SshPublicKey, comment: string): string {
  return `${type === 'rsa' ? 'ssh-rsa' : 'ssh-ed25519'} ${blob.toString('base64')} ${comment}`;
}

/** Fingerprint of an imported key in EC2's form: MD5 of the DER public key for RSA, else OpenSSH's SHA-256, padded. */
export function importedFingerprint({ type, key, blob }: SshPublicKey): string {
  if (type === 'ed25519') return createHash('sha256').update(blob).digest('base64');
  return colons(
    createHash('md5')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest(),
  );
}

/** A key pair as EC2 makes it, with the private half as it gives it away. */
export function makeKeyPair(type: SshKeyType): { publicKey: SshPublicKey; pem: string; fingerprint: string } {
  if (type === 'ed25519') {
    const { publicKey: key, privateKey } = generateKeyPairSync('ed25519');
    const publicKey = { type, key, blob: blobOf(key) };
    // Ed25519 keys have one fingerprint, wherever they were made.
    return {
      publicKey,
      pem: formatOpensshKey(publicKey.blob, privateKey),
      fingerprint: importedFingerprint(publicKey),
    };
  }
  const { publicKey: key, privateKey } = generateKeyPairSync('rsa', { modulusLength: MADE_RSA_BITS });
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  return {
    publicKey: { type, key, blob: blobOf(key) },
    pem: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString().trimEnd(),
    fingerprint: colons(createHash('sha1').update(pkcs8).digest()),
  };
}

const colons = (digest: Buffer): string => digest.toString('hex').replace(/..(?=.)/g, '$&:');
