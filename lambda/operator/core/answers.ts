import type { ErrorBody } from '../../../protocol/errors.ts';
import type { AuditRecord } from '../../platform/ports.ts';
import type { Deps } from './deps.ts';
import type { OperatorFailure } from './outcome.ts';
import type { Done } from './volumes.ts';

/** What was done, by whom, to what: the audit record is written for reads too. */
export type Attempt = Pick<
  AuditRecord,
  'request' | 'action' | 'by' | 'luks' | 'pending' | 'reason' | 'server' | 'count'
>;

export function answer<T extends object>(
  deps: Pick<Deps, 'audit'>,
  attempt: Attempt,
  result: Done<T> | OperatorFailure,
): { readonly ok: T } | { readonly error: ErrorBody } {
  deps.audit({ ...attempt, decision: result.kind });
  const { request } = attempt;
  switch (result.kind) {
    case 'done':
      return { ok: result.value };
    case 'not-found':
      return { error: { code: 'not-found', request } };
    case 'conflict':
      return { error: { code: 'conflict', request, message: result.message } };
  }
}
