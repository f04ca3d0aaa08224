import type { EcPublicJwk } from './jose/jwk.ts';

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

/**
 * `configuring` closes the mailbox: refused with `conflict` while messages are unreceived, and nothing can be sent
 * after it. `finished` ends the registration: secret and subkey are worth nothing afterwards.
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
