import type { PendingReason } from '../../../protocol/operator.ts';
import type { InstanceRefusal } from '../../domain/instances/outcome.ts';

/** Why a request is refused. In the audit log only: the instance, or who poses as it, gets one body for all. */
export type RefusalReason =
  | InstanceRefusal
  | 'address'
  | 'unknown-volume'
  | 'volume-name'
  | 'revoked'
  | 'destroyed'
  | 'other-instance'
  | 'enrolling-elsewhere'
  | 'ticket'
  | 'header'
  | 'unsealable'
  | 'denied'
  | 'policy'
  | 'approval-spent';

export type UnavailableReason = 'instance-not-visible' | 'contention';

export interface Refused {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
}

export interface Pending {
  readonly kind: 'pending';
  readonly id: string;
  readonly reason: PendingReason;
}

export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: UnavailableReason;
}

/** The closed union of what is expected not to work. */
export type Failure = Refused | Pending | Unavailable;

export const refused = (reason: RefusalReason): Refused => ({ kind: 'refused', reason });
export const unavailable = (reason: UnavailableReason): Unavailable => ({ kind: 'unavailable', reason });
