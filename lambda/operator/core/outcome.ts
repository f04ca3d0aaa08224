export interface Done<T> {
  readonly kind: 'done';
  readonly value: T;
}

/** The closed union of what is expected not to work. */
export type OperatorFailure =
  | { readonly kind: 'not-found' }
  /** `message` says to a person why, and what to do. */
  | { readonly kind: 'conflict'; readonly message: string };

export const done = <T>(value: T): Done<T> => ({ kind: 'done', value });
export const NOT_FOUND: OperatorFailure = { kind: 'not-found' };
export const conflict = (message: string): OperatorFailure => ({ kind: 'conflict', message });

/** Every write was lost to another writer. */
export const CONTENTION = conflict(
  'It is being changed by somebody else: look at it again, and then repeat.',
);
