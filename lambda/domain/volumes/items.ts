import type { PendingReason, VolumeState } from '../../../protocol/operator.ts';
import type * as table from '../../platform/ports/table.ts';

/** The key of an item, knowing what lies behind it. */
export type Key<T extends Item> = table.Key<'pk', T>;

/** `volume#<luks>`: one encrypted volume. Hashes are SHA-256, all binary is base64url, times ISO 8601 in UTC. */
export interface VolumeItem {
  readonly pk: string;
  readonly kind: 'volume';
  readonly luks: string;
  readonly volume: string;
  readonly instance: string;
  readonly address: string;
  readonly image: string;
  readonly state: VolumeState;
  readonly created: string;
  readonly updated: string;
  /** Disk key, sealed by KMS. Empty when it has been destroyed. */
  readonly sealed: string;
  /** Recovery passphrase, encrypted to the recovery key: only a custodian can open it. */
  readonly recovery?: string | undefined;
  readonly recoverable: boolean;
  /** Recovery passphrase, sealed for the keyserver itself: only while enrolling, so that a power cut is repeatable. */
  readonly enrolment?: string | undefined;
  /** Digest of the header, as acknowledged by `ready`. */
  readonly header?: string | undefined;
  /** Hash of the ticket that is accepted now, and of the one it is exchanged for. */
  readonly current?: string | undefined;
  readonly next?: string | undefined;
  /** Key that turns the current ticket into the next one. */
  readonly salt?: string | undefined;
  /** Hashes of tickets that were valid once, oldest first. */
  readonly retired?: readonly string[] | undefined;
  /** The approved request that last reset the tickets: it does so once. */
  readonly grant?: string | undefined;
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
  /** Earliest time of its destruction, once a custodian has asked for it; seconds since the epoch. */
  readonly destroy?: number | undefined;
}

/** `claim#<instance>#<volume>`: which volume a blank device of this instance becomes. */
export interface ClaimItem {
  readonly pk: string;
  readonly luks: string;
}

/** `request#<id>`: a release that waits for a person. DynamoDB removes it some time after `ttl`. */
export interface RequestItem {
  readonly pk: string;
  readonly kind: 'request';
  readonly id: string;
  readonly pending: PendingReason;
  readonly decision: 'pending' | 'approved' | 'denied';
  readonly instance: string;
  readonly volume: string;
  readonly luks?: string | undefined;
  readonly address: string;
  readonly image: string;
  /** Set when EC2 did not know the image as this was asked. */
  readonly imageGone?: true | undefined;
  /** Thumbprint of the ephemeral key: the id is short, this is not. */
  readonly key: string;
  readonly first: string;
  /** Last time the instance asked, to the nearest five minutes; seconds since the epoch. */
  readonly last: number;
  /** Seconds since the epoch. */
  readonly ttl: number;
  /** `moved`: the instance it was bound to when this was asked. */
  readonly from?: string | undefined;
  /** `re-enrolment`: the volume that the claim named when this was asked. */
  readonly replaces?: string | undefined;
  /** `unknown-volume`: the sealed key that the disk brought. */
  readonly sealed?: string | undefined;
  /** Set before an approval takes effect: from then on the request can no longer be denied. */
  readonly approving?: true | undefined;
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

export type Item = VolumeItem | ClaimItem | RequestItem;

export const volumeKey = (luks: string): Key<VolumeItem> => ({ pk: `volume#${luks}` });
export const claimKey = (instance: string, volume: string): Key<ClaimItem> => ({
  pk: `claim#${instance}#${volume}`,
});
export const requestKey = (id: string): Key<RequestItem> => ({ pk: `request#${id}` });
