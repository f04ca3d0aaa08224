/** Why a caller is none of our instances, or not one that may be bound to something. For the audit log only. */
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

export interface NotEligible {
  readonly kind: 'refused';
  readonly reason: InstanceRefusal;
}

export interface NotVisible {
  readonly kind: 'unavailable';
  readonly reason: 'instance-not-visible';
}

export const refused = (reason: InstanceRefusal): NotEligible => ({ kind: 'refused', reason });
