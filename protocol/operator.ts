/** Messages of the operator API: people and scripts, over the regional REST API. Times are ISO 8601 in UTC. */

export type VolumeState = 'enrolling' | 'active' | 'revoked' | 'destroyed';

export interface Volume {
  readonly luks: string;
  readonly instance: string;
  readonly volume: string;
  readonly state: VolumeState;
  /** Private address that the instance has to ask from. */
  readonly address: string;
  readonly image: string;
  readonly created: string;
  /** Last change of state or binding, not last release: that is in the audit log. */
  readonly updated: string;
  /** Digest of the acknowledged header. */
  readonly header?: string;
  /** Whether the custodian's ciphertext of the recovery passphrase is stored. */
  readonly recoverable: boolean;
  /** Who changed the state last, and what they said. */
  readonly by?: string;
  readonly reason?: string;
  /** A custodian has asked for it to be destroyed: not before this time. */
  readonly destroy?: string;
}

/** Why a release waits for a person. */
export type PendingReason =
  | 'enrolment' // policy: every first enrolment is looked at
  | 're-enrolment' // a blank device on an instance that has an active volume of that name
  | 'moved' // the volume is bound to another instance
  | 'stale-ticket' // a ticket that was valid once: snapshot, clone or rollback
  | 'unknown-ticket'
  | 'no-ticket'
  | 'unknown-volume'; // the keyserver has lost it or never had it; the disk brought its sealed key

export interface PendingRequest {
  readonly id: string;
  readonly reason: PendingReason;
  readonly decision: 'pending' | 'approved' | 'denied';
  readonly instance: string;
  readonly volume: string;
  readonly luks?: string;
  readonly address: string;
  readonly image: string;
  readonly first: string;
  readonly expires: string;
  readonly by?: string;
}

export interface VolumeList {
  readonly volumes: readonly Volume[];
  readonly next?: string;
}

export interface RequestList {
  readonly requests: readonly PendingRequest[];
  readonly next?: string;
}

/** Days between asking for a destruction and carrying it out. */
export const DESTROY_DAYS = { min: 7, max: 30, default: 30 } as const;

/**
 * Body of destroy, which takes two calls: the first asks for it, the second one, `final`, carries it out when the days
 * are over. Nothing is destroyed by itself.
 */
export type Destruction = Decision &
  ({ readonly days?: number; readonly final?: false } | { readonly final: true; readonly days?: never });

/** Answer of recover. */
export interface Recovery {
  readonly luks: string;
  readonly instance: string;
  readonly volume: string;
  /** Recovery passphrase, RSAES-OAEP (SHA-256) to the recovery key; base64url. The custodian's own KMS call opens it. */
  readonly ciphertext: string;
}

/** Body of approve, deny, revoke, restore, recover and keep. `reason` is kept with the volume and in the audit log; at most 256 characters. */
export interface Decision {
  readonly reason?: string;
}

/** What the keyserver does with a doubtful request: hold it for a person, or refuse it. */
export interface ReleasePolicy {
  /** First enrolment of a blank volume. Default `allow`. */
  readonly enrolment: 'allow' | 'approve';
  /** A volume that asks from another instance than its own. Default `approve`. */
  readonly moved: 'approve' | 'refuse';
  /** A stale, unknown or missing ticket. Default `approve`. */
  readonly ticket: 'approve' | 'refuse';
}
