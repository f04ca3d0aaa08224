import { createPrivateKey, randomBytes, type JsonWebKey, type KeyObject } from 'node:crypto';
import { KeyFormatError, wireString, WireReader } from './wire.ts';

const MAGIC = 'openssh-key-v1\0';

export interface OpensshKey {
  /** In clear, whether or not the rest is encrypted. */
  readonly blob: Buffer;
  readonly comment: string | undefined;
  /** Undefined when it is encrypted, or of a kind that EC2 does not take. */
  readonly privateKey: KeyObject | undefined;
  readonly encrypted: boolean;
}

/**
 * Reads OpenSSH's own private key format (PROTOCOL.key of OpenSSH), which node cannot. What is encrypted stays so: its
 * key comes from a bcrypt that node does not have either.
 *
 * @param bytes what is between the lines of dashes, decoded.
 * @throws KeyFormatError
 */
export function readOpensshKey(bytes: Buffer): OpensshKey {
  const reader = new WireReader(bytes);
  if (reader.take(MAGIC.length).toString('latin1') !== MAGIC)
    throw new KeyFormatError('it is of no known version');
  const cipher = reader.text();
  reader.string(); // name of the key derivation
  reader.string(); // its options
  if (reader.uint32() !== 1) throw new KeyFormatError('it has other than one key');
  const blob = reader.string();
  if (cipher !== 'none') return { blob, comment: undefined, privateKey: undefined, encrypted: true };
  const secret = new WireReader(reader.string());
  if (secret.uint32() !== secret.uint32()) throw new KeyFormatError('its two check numbers differ');
  return { blob, encrypted: false, ...readPrivate(secret) };
}

function readPrivate(secret: WireReader): Pick<OpensshKey, 'comment' | 'privateKey'> {
  switch (secret.text()) {
    case 'ssh-rsa': {
      const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => secret.mpint()) as [
        Buffer,
        Buffer,
        Buffer,
        Buffer,
        Buffer,
        Buffer,
      ];
      const [dp, dq] = [remainder(d, p), remainder(d, q)];
      const numbers = Object.entries({ n, e, d, p, q, dp, dq, qi });
      const jwk = Object.fromEntries(numbers.map(([name, value]) => [name, value.toString('base64url')]));
      return { privateKey: imported({ kty: 'RSA', ...jwk }), comment: secret.text() };
    }
    case 'ssh-ed25519': {
      const x = secret.string().toString('base64url');
      // The seed, and the public key once more.
      const d = secret.string().subarray(0, 32).toString('base64url');
      return { privateKey: imported({ kty: 'OKP', crv: 'Ed25519', x, d }), comment: secret.text() };
    }
    default:
      return { privateKey: undefined, comment: undefined };
  }
}

/** d mod (prime - 1): the two exponents that PKCS#1 has, and OpenSSH leaves out. */
function remainder(d: Buffer, prime: Buffer): Buffer {
  const number = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex') || '0'}`);
  const modulus = number(prime) - 1n;
  if (modulus < 1n) throw new KeyFormatError('its numbers are no key');
  const hex = (number(d) % modulus).toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

function imported(jwk: JsonWebKey): KeyObject {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new KeyFormatError('its numbers are no key');
  }
}

/**
 * Writes an Ed25519 private key in OpenSSH's own format, without a passphrase.
 *
 * @param blob the public key on the wire.
 * @returns PEM, without a line feed at its end.
 */
export function formatOpensshKey(blob: Buffer, privateKey: KeyObject): string {
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const check = randomBytes(4);
  const secret = [check, check, ...['ssh-ed25519', point, Buffer.concat([seed, point]), ''].map(wireString)];
  const length = secret.reduce((sum, { length: bytes }) => sum + bytes, 0);
  const padding = Buffer.from(Array.from({ length: -length & 7 }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from(MAGIC),
    ...['none', 'none', ''].map(wireString), // cipher, key derivation and its options
    Buffer.of(0, 0, 0, 1), // keys
    wireString(blob),
    wireString(Buffer.concat([...secret, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----'].join('\n');
}
