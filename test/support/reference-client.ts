import type { KeyObject } from 'node:crypto';
import { decodeBase64url } from '../../protocol/base64url.ts';
import { isInstanceId, isUuid } from '../../protocol/fields.ts';
import { decryptJwe } from '../../protocol/jose/jwe.ts';
import { importPublicJwk, isEcPublicJwk, type EcPublicJwk } from '../../protocol/jose/jwk.ts';
import { verifyJws } from '../../protocol/jose/jws.ts';
import {
  DISK_KEY_BYTES,
  MAX_DELEGATION_SECONDS,
  TYP,
  type Delegation,
  type DelegationUse,
  type ReadyReceipt,
  type ReleaseEnvelope,
} from '../../protocol/release.ts';

/** Tolerance of SigV4. */
const MAX_CLOCK_DIFFERENCE_SECONDS = 300;

/**
 * The client's checks of SPEC.md section 5, step by step, in the order of the text. The client that ships is the
 * shell library; this one is what the vectors are made against, and what tests of the keyserver open answers with.
 */
export interface Expected {
  readonly trust: readonly EcPublicJwk[];
  readonly now: number;
  readonly nonce: string;
  readonly instance: string;
  readonly volume: string;
  readonly luks?: string | undefined;
}

export type Verdict<T> = { readonly step: 'ok'; readonly value: T } | { readonly step: RefusedAt };

export type RefusedAt =
  | 'delegation-signature'
  | 'delegation-content'
  | 'delegation-time'
  | 'signature'
  | 'decrypt'
  | 'content'
  | 'nonce'
  | 'instance'
  | 'volume'
  | 'luks'
  | 'server'
  | 'expired';

export function openRelease(
  response: { delegation: string; envelope: string },
  expected: Expected,
  privateKey: KeyObject,
): Verdict<ReleaseEnvelope> {
  const delegated = openDelegation(response.delegation, 'release', expected);
  if (delegated.step !== 'ok') return delegated;
  const jwe = verifyJws(response.envelope, TYP.release, delegated.value);
  if (jwe === undefined) return { step: 'signature' };
  if (apvOf(jwe) !== expected.nonce) return { step: 'nonce' };
  const plaintext = decryptJwe(jwe.toString('ascii'), privateKey);
  if (plaintext === undefined) return { step: 'decrypt' };
  const envelope = parse(plaintext);
  if (!isEnvelope(envelope)) return { step: 'content' };
  const step = compare(envelope, expected);
  return step === 'ok' ? { step, value: envelope } : { step };
}

export function openReceipt(
  response: { delegation: string; receipt: string },
  expected: Expected & { header: string },
): Verdict<ReadyReceipt> {
  const delegated = openDelegation(response.delegation, 'release', expected);
  if (delegated.step !== 'ok') return delegated;
  const payload = verifyJws(response.receipt, TYP.ready, delegated.value);
  if (payload === undefined) return { step: 'signature' };
  const receipt = parse(payload);
  if (receipt?.['v'] !== 1 || receipt['header'] !== expected.header) return { step: 'content' };
  const step = compare(receipt as unknown as ReadyReceipt, expected);
  return step === 'ok' ? { step, value: receipt as unknown as ReadyReceipt } : { step };
}

export function apvOf(jwe: Buffer): unknown {
  return parse(decodeBase64url(jwe.toString('ascii').split('.')[0] ?? '') ?? Buffer.alloc(0))?.['apv'];
}

/** @param wanted what the delegated key has to be for: one service's key vouches for nothing of another's. */
export function openDelegation(
  delegation: string,
  wanted: DelegationUse,
  expected: Pick<Expected, 'trust' | 'now'>,
): Verdict<KeyObject> {
  let payload: Buffer | undefined;
  for (const jwk of expected.trust) payload ??= verifyJws(delegation, TYP.delegation, importPublicJwk(jwk));
  if (payload === undefined) return { step: 'delegation-signature' };
  const claims = parse(payload) as Partial<Delegation> | undefined;
  const { use, jwk, iat, exp } = claims ?? {};
  if (use !== wanted || !isEcPublicJwk(jwk) || !isSeconds(iat) || !isSeconds(exp)) {
    return { step: 'delegation-content' };
  }
  const isForLater = iat > expected.now + MAX_CLOCK_DIFFERENCE_SECONDS;
  if (exp <= expected.now || exp - iat > MAX_DELEGATION_SECONDS || isForLater) {
    return { step: 'delegation-time' };
  }
  return { step: 'ok', value: importPublicJwk(jwk) };
}

function compare(message: ReleaseEnvelope | ReadyReceipt, expected: Expected): 'ok' | RefusedAt {
  if (message.nonce !== expected.nonce) return 'nonce';
  if (message.instance !== expected.instance) return 'instance';
  if (message.volume !== expected.volume) return 'volume';
  if (expected.luks !== undefined && message.luks !== expected.luks) return 'luks';
  if (!isSeconds(message.exp) || message.exp <= expected.now) return 'expired';
  return 'ok';
}

function isEnvelope(
  message: Record<string, unknown> | undefined,
): message is Record<string, unknown> & ReleaseEnvelope {
  if (message === undefined) return false;
  const { v, state, keys, luks, instance, sealed, ticket, header, entropy } = message;
  return (
    v === 1 &&
    (state === 'enrolling' || state === 'active') &&
    Array.isArray(keys) &&
    (keys.length === 1 || keys.length === 2) &&
    keys.every((key) => hasLength(key, DISK_KEY_BYTES)) &&
    typeof luks === 'string' &&
    isUuid(luks) &&
    typeof instance === 'string' &&
    isInstanceId(instance) &&
    typeof sealed === 'string' &&
    decodeBase64url(sealed) !== undefined &&
    hasLength(ticket, 32) &&
    hasLength(entropy, 64) &&
    (header === undefined || hasLength(header, 32))
  );
}

export function hasLength(value: unknown, length: number): boolean {
  return typeof value === 'string' && decodeBase64url(value)?.length === length;
}

export function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

export function parse(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
