/** Reasons why a caller is none of our instances, or not one that may be bound to something. For the audit log only. */
export type InstanceRefusal =
  | 'not-an-instance'
  | 'account'
  | 'role'
  | 'endpoint'
  | 'instance-state'
  | 'instance-vpc'
  | 'instance-address'
  | 'instance-profile'
  | 'instance-tag'
  | 'image';

/** A refusal: the caller gets one body for every reason. A service names the reasons that it has. */
export interface Refused<Reason extends string = string> {
  readonly kind: 'refused';
  readonly reason: Reason;
  /** Marks an attempt to get what belongs to another. */
  readonly alarm?: true | undefined;
}

/** A request that waits for a person, under an id of its own. */
export interface Pending<Reason extends string = string> {
  readonly kind: 'pending';
  readonly id: string;
  readonly reason: Reason;
}

export interface Conflict<Reason extends string = string> {
  readonly kind: 'conflict';
  readonly reason: Reason;
}

/** `contention`: every write was lost to another writer. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: 'instance-not-visible' | 'contention';
}

/** The closed union of what is expected not to work; the kinds are error codes of the protocol. */
export type Failure = Refused | Pending | Conflict | Unavailable;

export const refused = <Reason extends string>(reason: Reason): Refused<Reason> => ({
  kind: 'refused',
  reason,
});

export const CONTENTION: Unavailable = { kind: 'unavailable', reason: 'contention' };
