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

/** Body of approve, deny, revoke and restore. `reason` is kept with the volume and in the audit log; at most 256 characters. */
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
