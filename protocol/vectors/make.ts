/** The common part of the generators of vectors: keys and values made for one run, and ways to spoil a message. */
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { encodeBase64url } from '../base64url.ts';
import { encryptJwe } from '../jose/jwe.ts';
import { jwkThumbprint, publicJwk, type EcPublicJwk } from '../jose/jwk.ts';
import { es256Signer, signJws } from '../jose/jws.ts';
import { TYP } from '../release.ts';

export const random = (length: number): string => encodeBase64url(randomBytes(length));

export const pair = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** @param payload as it is when it is text, as JSON otherwise. */
export async function sign(payload: unknown, typ: string, key: KeyObject): Promise<string> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return signJws(text, { typ, kid: jwkThumbprint(publicJwk(key)) }, es256Signer(key));
}

/** Difference of an answer from a good one. */
export interface Making {
  readonly delegation?: object;
  readonly delegationTyp?: string;
  readonly delegationSigner?: KeyObject;
  /** Text stays as it is; anything else becomes JSON. */
  readonly content?: unknown;
  readonly typ?: string;
  readonly signer?: KeyObject;
  readonly to?: KeyObject;
  readonly jwe?: (jwe: string) => string;
  readonly apv?: string;
}

/** An answer that is sealed to an ephemeral key and signed by a delegated one, as both services give it. */
export async function sealedAnswer(
  good: Required<Omit<Making, 'delegationTyp' | 'jwe'>>,
  making: Making = {},
): Promise<{ delegation: string; envelope: string }> {
  const made = { ...good, delegationTyp: TYP.delegation, jwe: (jwe: string) => jwe, ...making };
  const text = typeof made.content === 'string' ? made.content : JSON.stringify(made.content);
  const jwe = encryptJwe(Buffer.from(text), publicJwk(made.to), made.apv);
  return {
    delegation: await sign(made.delegation, made.delegationTyp, made.delegationSigner),
    envelope: await sign(made.jwe(jwe), made.typ, made.signer),
  };
}

/** Changes one bit in the middle of part `index` of a compact serialization. */
export function flip(compact: string, index: number): string {
  const parts = compact.split('.');
  const bytes = Buffer.from(parts[index] ?? '', 'base64url');
  const at = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return parts.with(index, encodeBase64url(bytes)).join('.');
}

/** The same payload with `alg: none` and no signature. */
export function unsigned(jws: string, typ: string): string {
  return `${encodeBase64url(JSON.stringify({ alg: 'none', typ }))}.${jws.split('.')[1] ?? ''}.`;
}

/** A pinned key, as an image has it. */
export function pinned(key: KeyObject): EcPublicJwk & Record<'alg' | 'use' | 'kid', string> {
  const jwk = publicJwk(key);
  return { ...jwk, alg: 'ES256', use: 'sig', kid: jwkThumbprint(jwk) };
}

export function write(name: string, content: object): void {
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(content, null, 2)}\n`);
}
