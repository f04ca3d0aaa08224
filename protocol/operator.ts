/** Messages of the operator API about volumes and requests. Times are ISO 8601 in UTC. */
import { Bytes32, InstanceId, line, Uuid, VolumeName } from './fields.ts';
import { Sealed } from './release.ts';
import {
  absent,
  boolean,
  depends,
  integer,
  list,
  object,
  oneOf,
  optional,
  text,
  time,
  type Output,
} from './schema.ts';

/** Id of a release that waits for a person: the first 16 hex digits of a SHA-256 (`requestId` in release.ts). */
export const RequestId = text(/^[0-9a-f]{16}$/);

export const VolumeState = oneOf('enrolling', 'active', 'revoked', 'destroyed');
export type VolumeState = Output<typeof VolumeState>;

export const Volume = object({
  luks: Uuid,
  instance: InstanceId,
  volume: VolumeName,
  state: VolumeState,
  /** Private address that the instance has to ask from. */
  address: text(),
  image: text(),
  created: time(),
  /** Last change of state or binding, not last release: that is in the audit log. */
  updated: time(),
  /** Digest of the acknowledged header. */
  header: optional(Bytes32),
  /** True when the custodian's ciphertext of the recovery passphrase is stored. */
  recoverable: boolean(),
  /** ARN of the person who changed the state last, and what they said. */
  by: optional(text()),
  reason: optional(text()),
  /** Earliest time of its destruction, once a custodian has asked for it. */
  destroy: optional(time()),
});
export type Volume = Output<typeof Volume>;

/** Reasons why a release waits for a person. */
export const PendingReason = oneOf(
  'enrolment', // policy: every first enrolment is looked at
  're-enrolment', // a blank device on an instance that has an active volume of that name
  'moved', // the volume is bound to another instance
  'stale-ticket', // a ticket that was valid once: snapshot, clone or rollback
  'unknown-ticket',
  'no-ticket',
  'unknown-volume', // the keyserver has lost it or never had it; the disk brought its sealed key
);
export type PendingReason = Output<typeof PendingReason>;

export const PendingRequest = object({
  id: RequestId,
  reason: PendingReason,
  decision: oneOf('pending', 'approved', 'denied'),
  instance: InstanceId,
  volume: VolumeName,
  luks: optional(Uuid),
  address: text(),
  image: text(),
  /** True when EC2 no longer knows the image: nothing vouches for what the instance was started from. */
  imageGone: optional(boolean()),
  first: time(),
  expires: time(),
  /** ARN of the person who decided. */
  by: optional(text()),
});
export type PendingRequest = Output<typeof PendingRequest>;

/** Token that asks for the page after, handed back as it is. */
export const NextPage = text();

export const VolumeList = object({ volumes: list(Volume), next: optional(NextPage) });
export type VolumeList = Output<typeof VolumeList>;

export const RequestList = object({ requests: list(PendingRequest), next: optional(NextPage) });
export type RequestList = Output<typeof RequestList>;

/** Words of a person about a decision: kept with the thing that it is about, and in the audit log. */
export const Reason = line(0, 256);

/** Body of what takes no more than a reason. */
export const Decision = object({ reason: optional(Reason) });
export type Decision = Output<typeof Decision>;

/** Days between asking for a destruction and carrying it out. */
export const DESTROY_DAYS = { min: 7, max: 30, default: 30 } as const;

/**
 * Body of destroy, which takes two requests: the first asks for it, the second one, `final`, carries it out when the
 * days are over. Nothing is destroyed by itself.
 */
export const Destruction = object({
  reason: optional(Reason),
  final: optional(boolean()),
  days: depends('final', true, absent, optional(integer(DESTROY_DAYS.min, DESTROY_DAYS.max))),
});
export type Destruction = Output<typeof Destruction>;

/** Answer of recover. */
export const Recovery = object({
  luks: Uuid,
  instance: InstanceId,
  volume: VolumeName,
  /** Recovery passphrase, RSAES-OAEP (SHA-256) to the recovery key. The custodian's own KMS request opens it. */
  ciphertext: Sealed,
});
export type Recovery = Output<typeof Recovery>;
