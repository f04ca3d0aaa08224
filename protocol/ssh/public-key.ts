import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { KeyFormatError, wireMpint, WireReader, wireString } from './wire.ts';

const CURVES = [
  { jwk: 'P-256', ssh: 'nistp256' },
  { jwk: 'P-384', ssh: 'nistp384' },
  { jwk: 'P-521', ssh: 'nistp521' },
] as const;

/** A public key as SSH has it on the wire, after base64 (RFC 4253 section 6.6, RFC 5656, RFC 8709). */
export function blobOf(key: KeyObject): Buffer {
  const jwk = key.export({ format: 'jwk' });
  switch (jwk.kty) {
    case 'RSA':
      return Buffer.concat([wireString('ssh-rsa'), wireMpint(bytes(jwk.e)), wireMpint(bytes(jwk.n))]);
    case 'OKP':
      if (jwk.crv === 'Ed25519') return Buffer.concat([wireString('ssh-ed25519'), wireString(bytes(jwk.x))]);
      break;
    case 'EC': {
      const curve = CURVES.find((each) => each.jwk === jwk.crv);
      if (curve === undefined) break;
      const point = Buffer.concat([Buffer.of(4), bytes(jwk.x), bytes(jwk.y)]);
      return Buffer.concat([`ecdsa-sha2-${curve.ssh}`, curve.ssh, point].map((value) => wireString(value)));
    }
    default:
  }
  throw new KeyFormatError(`SSH has no keys of the kind ${jwk.crv ?? jwk.kty ?? 'that it holds'}`);
}

/** The kind that a blob names, `ssh-ed25519`. @throws KeyFormatError */
export const kindOf = (blob: Buffer): string => new WireReader(blob).text();

/** A key of node's from a blob; undefined for kinds that EC2 does not take. @throws KeyFormatError */
export function keyOf(blob: Buffer): KeyObject | undefined {
  const reader = new WireReader(blob);
  switch (reader.text()) {
    case 'ssh-rsa': {
      const [e, n] = [reader.mpint(), reader.mpint()];
      return imported({ kty: 'RSA', e: text(e), n: text(n) });
    }
    case 'ssh-ed25519':
      return imported({ kty: 'OKP', crv: 'Ed25519', x: text(reader.string()) });
    default:
      return undefined;
  }
}

function imported(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new KeyFormatError('its numbers are no key');
  }
}

const bytes = (value: string | undefined): Buffer => Buffer.from(value ?? '', 'base64url');
const text = (value: Buffer): string => value.toString('base64url');
