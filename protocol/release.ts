import { createHash } from 'node:crypto';
import { Bytes32, Jws, Uuid, V1, VolumeName } from './fields.ts';
import { isEcPublicJwk, isOnCurve, jwkThumbprint, type EcPublicJwk } from './jose/jwk.ts';
import { bytes, object, oneOf, optional, taken, type Output } from './schema.ts';

/** A sealed key: a ciphertext of KMS. */
export const Sealed = bytes(1, 1024);

/** Public P-256 key whose point is on the curve; other members of the JWK are dropped. */
export const EphemeralKey = taken<EcPublicJwk>(
  object({ kty: oneOf('EC'), crv: oneOf('P-256'), x: Bytes32, y: Bytes32 }).shape,
  (value) => {
    if (!isEcPublicJwk(value) || !isOnCurve(value)) return undefined;
    const { kty, crv, x, y } = value;
    return { kty, crv, x, y };
  },
);

/** `POST /v1/release`. Binary members are base64url. SPEC.md section 3. */
export const ReleaseRequest = object({
  v: V1,
  /** `root` or `data-NAME`. */
  volume: VolumeName,
  /** UUID in the LUKS header; absent on a blank device. */
  luks: optional(Uuid),
  /** Sealed key from the header's token. */
  sealed: optional(Sealed),
  /** Ticket from the header's token. */
  ticket: optional(Bytes32),
  /** Fresh for every attempt. */
  nonce: Bytes32,
  /** Ephemeral public key; one for the whole boot. */
  epk: EphemeralKey,
  /** Kernel boot id. */
  boot: Uuid,
  /** Room for a NitroTPM attestation document; not evaluated in v1. */
  attestation: optional(bytes(1, 16_384)),
});
export type ReleaseRequest = Output<typeof ReleaseRequest>;

/** State of the volume. Only `enrolling` allows a client to format, and only a signed answer can say it. */
export type EnvelopeState = 'enrolling' | 'active';

/** Plaintext that is sealed to `epk`. SPEC.md section 4. */
export interface ReleaseEnvelope {
  readonly v: 1;
  readonly nonce: string;
  readonly instance: string;
  readonly volume: string;
  readonly luks: string;
  readonly state: EnvelopeState;
  /** Disk keys, 64 bytes each, the one to use first; a second one only while a rotation is under way. */
  readonly keys: readonly string[];
  /** Sealed key for the header's token: a client replaces the one that it has. */
  readonly sealed: string;
  /** Passphrase for the recovery keyslot, and its ciphertext for the token; present while `enrolling`. */
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

export const ReleaseResponse = object({ delegation: Jws, envelope: Jws });
export type ReleaseResponse = Output<typeof ReleaseResponse>;

/** `POST /v1/ready`: the copy is complete, and this is the header it ended with. */
export const ReadyRequest = object({
  v: V1,
  volume: VolumeName,
  luks: Uuid,
  ticket: Bytes32,
  /** SHA-256 of the header's security-relevant fields. */
  header: Bytes32,
  nonce: Bytes32,
  boot: Uuid,
});
export type ReadyRequest = Output<typeof ReadyRequest>;

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

export const ReadyResponse = object({ delegation: Jws, receipt: Jws });
export type ReadyResponse = Output<typeof ReadyResponse>;

/** Use of a delegated key: a client accepts only the one that it asks for. */
export type DelegationUse = 'release' | 'preseed';

/** Payload of the delegation: KMS vouches for a key pair that lives in one execution environment's memory. */
export interface Delegation {
  readonly use: DelegationUse;
  readonly jwk: EcPublicJwk;
  readonly iat: number;
  /** Expiry, at most 3600 s after `iat`. */
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
