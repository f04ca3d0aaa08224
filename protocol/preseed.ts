import {
  bytes,
  integer,
  matching,
  MalformedError,
  objects,
  optional,
  parseObject,
  uuid,
  version1,
} from './fields.ts';
import type { EcPublicJwk } from './jose/jwk.ts';
import { ephemeralKey } from './release.ts';

/** `srv-` and 26 characters of Crockford's base32 in lower case (130 bits). Not a secret: it is in the user-data. */
export const SERVER_ID = /^srv-[0-9a-hjkmnp-tv-z]{26}$/;

/** `POST /v1/preseed/register`. Binary members are base64url. SPEC.md, part 2. */
export interface RegisterRequest {
  readonly v: 1;
  readonly server: string;
  /** 32 bytes, fresh for every attempt. */
  readonly nonce: string;
  /** Public key that the registration is bound to: the same in every attempt, after a reboot too. */
  readonly epk: EcPublicJwk;
  /** Kernel boot id, for the audit log. */
  readonly boot: string;
}

/** `envelope`: JWS (ES256, `typ` sealroot-preseed) over JWE (ECDH-ES, A256GCM, to `epk`, `apv` = nonce) over {@link Registration}. */
export interface RegisterResponse {
  readonly delegation: string;
  readonly envelope: string;
}

export interface Registration {
  readonly v: 1;
  readonly nonce: string;
  readonly instance: string;
  readonly server: string;
  /** 32 bytes that the other three routes ask for: role credentials alone can be had by any process. */
  readonly subkey: string;
  /** 32 bytes from which the key of each message is derived. */
  readonly secret: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** `POST /v1/preseed/receive`: leases the next messages, in order. */
export interface ReceiveRequest {
  readonly v: 1;
  readonly server: string;
  readonly subkey: string;
  /** The highest number that the instance holds: only later ones are asked for. 0, the default, asks for all. */
  readonly after: number;
}

export interface ReceiveResponse {
  readonly v: 1;
  /** Compact JWE each, in the order of their sequence numbers. */
  readonly messages: readonly string[];
  /** Whether another call would give more now. */
  readonly more: boolean;
}

/** Protected header of a message: all of it authenticated. */
export interface MessageHeader {
  readonly alg: 'dir';
  readonly enc: 'A256GCM';
  readonly typ: 'sealroot-message';
  readonly server: string;
  /** From 1, without limit on gaps. */
  readonly seq: number;
  /** Seconds since the epoch. */
  readonly exp: number;
}

/** What is inside a message. An unknown `type` is rejected and reported, never executed. */
export type Message =
  | { readonly type: 'inithooks'; readonly values: Readonly<Record<string, string>> }
  | { readonly type: 'authorized-key'; readonly user: string; readonly key: string }
  | {
      readonly type: 'file';
      readonly path: string;
      /** Octal, `0644`. */
      readonly mode: string;
      /** `user` or `user:group`. */
      readonly owner: string;
      /** base64url. */
      readonly content: string;
    }
  /** base64url; run once by root, with its first line naming the interpreter. */
  | { readonly type: 'script'; readonly content: string }
  /** `secret`: base32 without padding (RFC 4648), for pam_google_authenticator. */
  | { readonly type: 'totp'; readonly user: string; readonly secret: string };

/** `POST /v1/preseed/ack`. */
export interface AckRequest {
  readonly v: 1;
  readonly server: string;
  readonly subkey: string;
  readonly results: readonly MessageResult[];
}

export interface MessageResult {
  readonly seq: number;
  readonly result: 'applied' | 'rejected';
  /** Only with `rejected`. */
  readonly reason?: RejectReason;
}

export const REJECT_REASONS = [
  'decrypt', // it does not open under the key of its number
  'expired',
  'order', // its number is not above those before
  'oversized',
  'malformed',
  'unknown-type',
  'failed', // it was applied, and that failed
  'unreadable', // said by the service: it does not open at rest
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

export interface AckResponse {
  readonly v: 1;
  /** Numbers that are settled now, or were before. */
  readonly settled: readonly number[];
}

/** `POST /v1/preseed/report`; `report` is a compact JWE (dir, A256GCM, `typ` sealroot-report) over {@link Report}. */
export interface ReportRequest {
  readonly v: 1;
  readonly server: string;
  readonly subkey: string;
  readonly report: string;
}

export interface ReportResponse {
  readonly v: 1;
}

/**
 * `configuring` closes the mailbox: refused with `conflict` while messages are unreceived, and nothing can be sent
 * after it. `finished` ends the registration, refused with `conflict` while messages are unsettled: secret and subkey
 * are worth nothing afterwards.
 */
export interface Report {
  readonly status: 'configuring' | 'finished';
  readonly hooks: readonly HookResult[];
  /** `SHA256:...`, as ssh-keygen -l prints it. */
  readonly hostKeys: readonly HostKey[];
}

export interface HookResult {
  /** `firstboot` or `everyboot`. */
  readonly stage: 'firstboot' | 'everyboot';
  readonly name: string;
  /** Exit status. */
  readonly status: number;
}

export interface HostKey {
  readonly type: string;
  readonly fingerprint: string;
}

/** Of one answer to `receive`; a message that alone is larger comes alone. */
export const MAX_RECEIVED_MESSAGES = 10;
export const MAX_RECEIVED_BYTES = 256 * 1024;
/** Greatest sequence number that a request may name. */
const MAX_SEQ = 999_999;
const MAX_RESULTS = 100;
/** Compact serialization, in characters. */
const MAX_REPORT = 65_536;
const JWE = /^[A-Za-z0-9_-]+[.][.][A-Za-z0-9_-]{16}[.][A-Za-z0-9_-]*[.][A-Za-z0-9_-]{22}$/;

/** @throws MalformedError naming the first wrong member; so do the other three. */
export function parseRegisterRequest(body: string | null | undefined): RegisterRequest {
  const m = parseObject(body);
  return {
    v: version1(m),
    server: matching(m, 'server', SERVER_ID),
    nonce: bytes(m, 'nonce', 32),
    epk: ephemeralKey(m),
    boot: uuid(m, 'boot'),
  };
}

export function parseReceiveRequest(body: string | null | undefined): ReceiveRequest {
  const m = parseObject(body);
  return { ...credentials(m), after: optional(m, 'after', (x, f) => integer(x, f, 0, MAX_SEQ)) ?? 0 };
}

export function parseAckRequest(body: string | null | undefined): AckRequest {
  const m = parseObject(body);
  return { ...credentials(m), results: objects(m, 'results', 1, MAX_RESULTS, parseResult) };
}

export function parseReportRequest(body: string | null | undefined): ReportRequest {
  const m = parseObject(body);
  const known = credentials(m);
  const report = m['report'];
  if (typeof report !== 'string' || report.length > MAX_REPORT) throw new MalformedError('report');
  return { ...known, report: matching(m, 'report', JWE) };
}

function credentials(m: Record<string, unknown>): { v: 1; server: string; subkey: string } {
  return { v: version1(m), server: matching(m, 'server', SERVER_ID), subkey: bytes(m, 'subkey', 32) };
}

function parseResult(m: Record<string, unknown>): MessageResult {
  const seq = integer(m, 'seq', 1, MAX_SEQ);
  const result = matching(m, 'result', /^(applied|rejected)$/) as MessageResult['result'];
  if (result === 'applied') return { seq, result };
  const reason = m['reason'];
  if (!isRejectReason(reason)) throw new MalformedError('reason');
  return { seq, result, reason };
}

const isRejectReason = (value: unknown): value is RejectReason =>
  (REJECT_REASONS as readonly unknown[]).includes(value);
