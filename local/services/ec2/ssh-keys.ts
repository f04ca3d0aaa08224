/** SSH keys as EC2 takes, makes and shows them. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';

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
    const fields = readFields(blob);
    if (fields[0]?.toString() !== name) return undefined;
    const key = keyOf(fields);
    if (key === undefined) return undefined;
    const type = key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ed25519';
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return bits === undefined || RSA_BITS.includes(bits) ? { type, key, blob } : undefined;
  } catch {
    return undefined;
  }
}

/** A line of OpenSSH's public key format. */
export function formatPublicKey({ type, blob }: SshPublicKey, comment: string): string {
  return `${type === 'rsa' ? 'ssh-rsa' : 'ssh-ed25519'} ${blob.toString('base64')} ${comment}`;
}

/** Fingerprint of an imported key in EC2: MD5 of the DER public key for RSA, else OpenSSH's SHA-256, padded. */
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
      pem: opensshPrivateKey(publicKey, privateKey),
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

function keyOf([name, first, second]: readonly Buffer[]): KeyObject | undefined {
  const text = (bytes: Buffer | undefined): string => (bytes ?? Buffer.alloc(0)).toString('base64url');
  if (name?.toString() === 'ssh-ed25519' && first?.length === 32 && second === undefined) {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text(first) }, format: 'jwk' });
  }
  if (name?.toString() !== 'ssh-rsa' || second === undefined) return undefined;
  return createPublicKey({ key: { kty: 'RSA', e: text(first), n: text(unsigned(second)) }, format: 'jwk' });
}

function blobOf(key: KeyObject): Buffer {
  const { x, n, e } = key.export({ format: 'jwk' });
  const bytes = (value: string | undefined): Buffer => Buffer.from(value ?? '', 'base64url');
  return x === undefined
    ? fields(Buffer.from('ssh-rsa'), mpint(bytes(e)), mpint(bytes(n)))
    : fields(Buffer.from('ssh-ed25519'), bytes(x));
}

/** OpenSSH's own format, without a passphrase (PROTOCOL.key in its sources). */
function opensshPrivateKey({ blob }: SshPublicKey, privateKey: KeyObject): string {
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const check = randomBytes(4);
  const secret = fields(Buffer.from('ssh-ed25519'), point, Buffer.concat([seed, point]), Buffer.alloc(0));
  const length = check.length * 2 + secret.length;
  const padding = Buffer.from(Array.from({ length: -length & 7 }, (_, index) => index + 1));
  const none = Buffer.from('none');
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    fields(none, none, Buffer.alloc(0)),
    Buffer.from([0, 0, 0, 1]),
    fields(blob, Buffer.concat([check, check, secret, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----'].join('\n');
}

/** RFC 4251 section 5: each a length of four bytes and what is that long. */
function fields(...all: readonly Buffer[]): Buffer {
  return Buffer.concat(
    all.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}

/** @throws RangeError when a length is wrong */
function readFields(blob: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) throw new RangeError('a field is longer than the key');
    found.push(blob.subarray(at + 4, end));
    at = end;
  }
  return found;
}

/** A positive number has a zero before a first byte that would make it negative. */
const mpint = (bytes: Buffer): Buffer =>
  (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
const unsigned = (bytes: Buffer): Buffer => (bytes[0] === 0 ? bytes.subarray(1) : bytes);

const colons = (digest: Buffer): string => digest.toString('hex').replace(/..(?=.)/g, '$&:');
