import type { InstanceRefusal } from '../../domain/instances/outcome.ts';

/** Why a request is refused. In the audit log only: whoever asks gets one body for all. */
export type RefusalReason =
  | InstanceRefusal
  | 'unknown-server'
  | 'server-tag'
  | 'second-registration'
  | 'binding' // the table says another instance, address or key than the secret was made for
  | 'contested'
  | 'created'
  | 'configuring'
  | 'finished'
  | 'withdrawn'
  | 'other-instance'
  | 'address'
  | 'subkey'
  | 'unsealable';

export interface Refused {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  /** Somebody asks for what is not theirs. */
  readonly alarm?: true | undefined;
}

export interface Conflict {
  readonly kind: 'conflict';
  readonly reason: 'unreceived' | 'unsettled' | 'not-configuring';
}

export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: 'instance-not-visible' | 'contention';
}

/** The closed union of what is expected not to work. */
export type Failure = Refused | Conflict | Unavailable;

export const refused = (reason: RefusalReason): Refused => ({ kind: 'refused', reason });
export const alarmed = (reason: RefusalReason): Refused => ({ kind: 'refused', reason, alarm: true });
export const conflict = (reason: Conflict['reason']): Conflict => ({ kind: 'conflict', reason });
export const CONTENTION: Unavailable = { kind: 'unavailable', reason: 'contention' };
