import { Bytes32, Jws, Uuid, V1 } from './fields.ts';
import { EphemeralKey } from './release.ts';
import {
  boolean,
  depends,
  ignored,
  integer,
  list,
  object,
  oneOf,
  text,
  withDefault,
  type Output,
} from './schema.ts';

/** `srv-` and 26 characters of Crockford's base32 in lower case (130 bits). Not a secret: it is in the user-data. */
export const SERVER_ID = /^srv-[0-9a-hjkmnp-tv-z]{26}$/;
export const ServerId = text(SERVER_ID);

/** Greatest sequence number that a request may name. */
const MAX_SEQ = 999_999;
export const Seq = integer(1, MAX_SEQ);

/** Limits of one answer to `receive`; a message that alone is larger comes alone. */
export const MAX_RECEIVED_MESSAGES = 10;
export const MAX_RECEIVED_BYTES = 256 * 1024;

const MAX_RESULTS = 100;
/** Compact serialization, in characters. */
const MAX_REPORT = 65_536;
const JWE = /^[A-Za-z0-9_-]+[.][.][A-Za-z0-9_-]{16}[.][A-Za-z0-9_-]*[.][A-Za-z0-9_-]{22}$/;

/** Compact JWE under a key that both sides have. */
export const DirectJwe = text(JWE);

/** `POST /v1/preseed/register`. Binary members are base64url. SPEC.md, part 2. */
export const RegisterRequest = object({
  v: V1,
  server: ServerId,
  /** Fresh for every attempt. */
  nonce: Bytes32,
  /** Public key that the registration is bound to: the same in every attempt, after a reboot too. */
  epk: EphemeralKey,
  /** Kernel boot id, for the audit log. */
  boot: Uuid,
});
export type RegisterRequest = Output<typeof RegisterRequest>;

/**
 * `envelope`: JWS (ES256, `typ` sealroot-preseed) over JWE (ECDH-ES, A256GCM, to `epk`, `apv` = nonce) over {@link
 * Registration}.
 */
export const RegisterResponse = object({ delegation: Jws, envelope: Jws });
export type RegisterResponse = Output<typeof RegisterResponse>;

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

/**
 * Members that an instance presents once it has registered. `subkey`: role credentials alone can be had by any
 * process.
 */
const CREDENTIALS = { v: V1, server: ServerId, subkey: Bytes32 };

/** `POST /v1/preseed/receive`: leases the next messages, in order. */
export const ReceiveRequest = object({
  ...CREDENTIALS,
  /** The highest number that the instance holds: only later ones are asked for. 0, the default, asks for all. */
  after: withDefault(integer(0, MAX_SEQ), 0),
});
export type ReceiveRequest = Output<typeof ReceiveRequest>;

export const ReceiveResponse = object({
  v: V1,
  /** Messages in the order of their sequence numbers. */
  messages: list(DirectJwe, 0, MAX_RECEIVED_MESSAGES),
  /** True when another request would give more now. */
  more: boolean(),
});
export type ReceiveResponse = Output<typeof ReceiveResponse>;

/** Protected header of a message: all of it authenticated. */
export interface MessageHeader {
  readonly alg: 'dir';
  readonly enc: 'A256GCM';
  readonly typ: 'sealroot-message';
  readonly server: string;
  /** Number from 1, without limit on gaps. */
  readonly seq: number;
  /** Seconds since the epoch. */
  readonly exp: number;
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
export const RejectReason = oneOf(...REJECT_REASONS);
export type RejectReason = Output<typeof RejectReason>;

export const MessageResult = object({
  seq: Seq,
  result: oneOf('applied', 'rejected'),
  reason: depends('result', 'rejected', RejectReason, ignored),
});
export type MessageResult = Output<typeof MessageResult>;

/** `POST /v1/preseed/ack`. */
export const AckRequest = object({ ...CREDENTIALS, results: list(MessageResult, 1, MAX_RESULTS) });
export type AckRequest = Output<typeof AckRequest>;

/** `settled`: numbers that are settled now, or were before. */
export const AckResponse = object({ v: V1, settled: list(Seq) });
export type AckResponse = Output<typeof AckResponse>;

/** `POST /v1/preseed/report`; `report` is a compact JWE (dir, A256GCM, `typ` sealroot-report) over {@link Report}. */
export const ReportRequest = object({ ...CREDENTIALS, report: text(JWE, MAX_REPORT) });
export type ReportRequest = Output<typeof ReportRequest>;

export const ReportResponse = object({ v: V1 });
export type ReportResponse = Output<typeof ReportResponse>;
