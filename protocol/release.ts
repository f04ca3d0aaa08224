import { createHash } from 'node:crypto';
import { bytes, MalformedError, optional, parseObject, uuid, version1, volumeName } from './fields.ts';
import { isEcPublicJwk, isOnCurve, jwkThumbprint, type EcPublicJwk } from './jose/jwk.ts';

/** `POST /v1/release`. Binary members are base64url. SPEC.md section 3. */
export interface ReleaseRequest {
  readonly v: 1;
  /** `root` or `data-NAME`. */
  readonly volume: string;
  /** UUID in the LUKS header; absent on a blank device. */
  readonly luks?: string | undefined;
  /** Sealed key from the header's token, 1 to 1024 bytes. */
  readonly sealed?: string | undefined;
  /** 32 bytes from the header's token. */
  readonly ticket?: string | undefined;
  /** 32 bytes, fresh for every attempt. */
  readonly nonce: string;
  /** Ephemeral public key; one for the whole boot. */
  readonly epk: EcPublicJwk;
  /** Kernel boot id. */
  readonly boot: string;
  /** Room for a NitroTPM attestation document; not evaluated in v1. */
  readonly attestation?: string | undefined;
}

/** Only `enrolling` allows a client to format, and only a signed answer can say it. */
export type EnvelopeState = 'enrolling' | 'active';

/** What is sealed to `epk`. SPEC.md section 4. */
export interface ReleaseEnvelope {
  readonly v: 1;
  readonly nonce: string;
  readonly instance: string;
  readonly volume: string;
  readonly luks: string;
  readonly state: EnvelopeState;
  /** Disk keys, 64 bytes each, the one to use first; a second one only while a rotation is under way. */
  readonly keys: readonly string[];
  /** For the header's token: a client replaces what it has. */
  readonly sealed: string;
  /** Only while `enrolling`: the passphrase for the recovery keyslot, and its ciphertext for the token. */
  readonly recovery?: { readonly passphrase: string; readonly sealed: string };
  /** The ticket to present next time. */
  readonly ticket: string;
  /** SHA-256 of the header's security-relevant fields, as acknowledged by `ready`. */
  readonly header?: string;
  /** 64 bytes for the kernel's pool. */
  readonly entropy: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

export interface ReleaseResponse {
  readonly delegation: string;
  readonly envelope: string;
}

/** `POST /v1/ready`: the copy is complete, and this is the header it ended with. */
export interface ReadyRequest {
  readonly v: 1;
  readonly volume: string;
  readonly luks: string;
  readonly ticket: string;
  /** SHA-256 of the header's security-relevant fields. */
  readonly header: string;
  readonly nonce: string;
  readonly boot: string;
}

/** Payload of the receipt, signed by the delegated key: a forged 200 must not end the enrolment early. */
export interface ReadyReceipt {
  readonly v: 1;
  readonly nonce: string;
  readonly instance: string;
  readonly volume: string;
  readonly luks: string;
  readonly header: string;
  readonly exp: number;
}

export interface ReadyResponse {
  readonly delegation: string;
  readonly receipt: string;
}

/** What a delegated key may sign; a client accepts only the use that it asks for. */
export type DelegationUse = 'release' | 'preseed';

/** Payload of the delegation: KMS vouches for a key pair that lives in one execution environment's memory. */
export interface Delegation {
  readonly use: DelegationUse;
  readonly jwk: EcPublicJwk;
  readonly iat: number;
  /** At most 3600 s after `iat`. */
  readonly exp: number;
}

/** `typ` of each signed or encrypted message: one can never be taken for another. */
export const TYP = {
  delegation: 'sealroot-delegation',
  release: 'sealroot-release',
  ready: 'sealroot-ready',
  preseed: 'sealroot-preseed',
  message: 'sealroot-message',
  report: 'sealroot-report',
} as const;

export const MAX_DELEGATION_SECONDS = 3600;
export const DISK_KEY_BYTES = 64;
export const TICKET_BYTES = 32;

/** @throws MalformedError naming the first wrong member. */
export function parseReleaseRequest(body: string | null | undefined): ReleaseRequest {
  const m = parseObject(body);
  return {
    v: version1(m),
    volume: volumeName(m),
    luks: optional(m, 'luks', uuid),
    sealed: optional(m, 'sealed', (x, f) => bytes(x, f, 1, 1024)),
    ticket: optional(m, 'ticket', (x, f) => bytes(x, f, TICKET_BYTES)),
    nonce: bytes(m, 'nonce', 32),
    epk: ephemeralKey(m),
    boot: uuid(m, 'boot'),
    attestation: optional(m, 'attestation', (x, f) => bytes(x, f, 1, 16_384)),
  };
}

/** @throws MalformedError naming the first wrong member. */
export function parseReadyRequest(body: string | null | undefined): ReadyRequest {
  const m = parseObject(body);
  return {
    v: version1(m),
    volume: volumeName(m),
    luks: uuid(m, 'luks'),
    ticket: bytes(m, 'ticket', TICKET_BYTES),
    header: bytes(m, 'header', 32),
    nonce: bytes(m, 'nonce', 32),
    boot: uuid(m, 'boot'),
  };
}

/** A public P-256 key that is on the curve; other members of the JWK are dropped. */
export function ephemeralKey(message: Record<string, unknown>): EcPublicJwk {
  const epk = message['epk'];
  if (!isEcPublicJwk(epk) || !isOnCurve(epk)) throw new MalformedError('epk');
  const { kty, crv, x, y } = epk;
  return { kty, crv, x, y };
}

/**
 * Names a request that waits for approval. It contains the ephemeral key, so an approval is for the very boot that
 * is waiting: the answer can be opened by nobody else, whoever holds the instance's role credentials.
 *
 * @returns 16 lower-case hex digits.
 */
export function requestId(instance: string, request: ReleaseRequest): string {
  const { volume, luks = '', ticket = '', epk } = request;
  const text = ['sealroot/v1/request', instance, volume, luks, ticket, jwkThumbprint(epk)].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
