import type { PendingReason } from '../../../protocol/operator.ts';
import * as outcome from '../../domain/instances/outcome.ts';

/** Reasons to refuse a request, for the audit log only: an instance, or an attacker who poses as one, gets one body. */
export type RefusalReason =
  | outcome.InstanceRefusal
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

export type Refused = outcome.Refused<RefusalReason>;
export type Pending = outcome.Pending<PendingReason>;

/** The closed union of what is expected not to work. */
export type Failure = Refused | Pending | outcome.Unavailable;

export const refused: (reason: RefusalReason) => Refused = outcome.refused;
