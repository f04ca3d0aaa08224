import { createHash, createPublicKey, ECDH, type KeyObject } from 'node:crypto';
import { decodeBase64url, encodeBase64url } from '../base64url.ts';

/** A public P-256 key as a JWK (RFC 7517, RFC 7518 section 6.2). Coordinates are 32 bytes each. */
export interface EcPublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** Keeps the four public members and nothing else, so that no caller can leak `d` by passing a key on. */
export function publicJwk(key: KeyObject): EcPublicJwk {
  const { kty, crv, x, y } = createPublicKeyOf(key).export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) {
    throw new TypeError('not a P-256 key');
  }
  return { kty, crv, x, y };
}

function createPublicKeyOf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key;
}

/** True when `value` has the shape of a public P-256 JWK; says nothing about whether the point is on the curve. */
export function isEcPublicJwk(value: unknown): value is EcPublicJwk {
  if (typeof value !== 'object' || value === null) return false;
  const jwk = value as Record<string, unknown>;
  return jwk['kty'] === 'EC' && jwk['crv'] === 'P-256' && isCoordinate(jwk['x']) && isCoordinate(jwk['y']);
}

function isCoordinate(value: unknown): boolean {
  return typeof value === 'string' && decodeBase64url(value)?.length === 32;
}

/** The uncompressed point of a key (SEC 1 section 2.3.3): 0x04, x, y; 65 bytes. */
export function pointOf(jwk: EcPublicJwk): Buffer {
  return Buffer.concat([Buffer.of(4), Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')]);
}

/** @param point uncompressed, as {@link pointOf} gives it. */
export function jwkOfPoint(point: Uint8Array): EcPublicJwk {
  const x = encodeBase64url(point.subarray(1, 33));
  const y = encodeBase64url(point.subarray(33, 65));
  return { kty: 'EC', crv: 'P-256', x, y };
}

/** Tells whether the point is on the curve. P-256 has no small subgroups, so there is nothing else to check. */
export function isOnCurve(jwk: EcPublicJwk): boolean {
  try {
    ECDH.convertKey(pointOf(jwk), 'prime256v1');
    return true;
  } catch {
    return false;
  }
}

/** Imports a JWK. Throws when the point is not on the curve (OpenSSL checks it). */
export function importPublicJwk(jwk: EcPublicJwk): KeyObject {
  const { kty, crv, x, y } = jwk;
  return createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
}

/** JWK thumbprint, RFC 7638, base64url of SHA-256. Used as `kid`. */
export function jwkThumbprint(jwk: EcPublicJwk): string {
  const canonical = `{"crv":"${jwk.crv}","kty":"${jwk.kty}","x":"${jwk.x}","y":"${jwk.y}"}`;
  return encodeBase64url(createHash('sha256').update(canonical).digest());
}
