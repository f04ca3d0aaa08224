import * as outcome from '../../domain/instances/outcome.ts';

/** Reasons to refuse a request, for the audit log only: an instance, or an attacker who poses as one, gets one body. */
export type RefusalReason =
  | outcome.InstanceRefusal
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

export type Refused = outcome.Refused<RefusalReason>;
export type Conflict = outcome.Conflict<'unreceived' | 'unsettled' | 'not-configuring'>;

/** The closed union of what is expected not to work. */
export type Failure = Refused | Conflict | outcome.Unavailable;

export const refused: (reason: RefusalReason) => Refused = outcome.refused;
export const alarmed = (reason: RefusalReason): Refused => ({ kind: 'refused', reason, alarm: true });
export const conflict = (reason: Conflict['reason']): Conflict => ({ kind: 'conflict', reason });
