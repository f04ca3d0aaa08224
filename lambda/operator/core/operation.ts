import type { AnswerOf, Operation } from '../../../protocol/operations/operation.ts';
import type { DecisionRecord } from '../../domain/audit.ts';
import type { ApiRequest, OperationHandler } from '../../platform/ports/api.ts';
import type { Audit } from '../../platform/ports/audit.ts';
import type { Done, OperatorFailure } from './outcome.ts';

/** Members of the audit record that say which thing a request is about. */
type Subject = Pick<DecisionRecord, 'luks' | 'pending' | 'reason' | 'server' | 'count' | 'resolution'>;

/** An operation that people call: has the core decide, writes the audit log, for reads too, and replies. */
export function operatorOperation<O extends Operation>(
  { audit }: { readonly audit: Audit<DecisionRecord> },
  { audit: action }: O,
  subjectOf: (request: ApiRequest<O>) => Subject,
  decide: (request: ApiRequest<O>, by: string) => Promise<Done<AnswerOf<O>> | OperatorFailure>,
): OperationHandler<O> {
  return async (given) => {
    const { id: request, identity } = given;
    // IAM authorization has made sure that there is one.
    const by = identity.userArn ?? '';
    const result = await decide(given, by);
    audit({ request, action, by, ...subjectOf(given), decision: result.kind });
    switch (result.kind) {
      case 'done':
        return { ok: result.value };
      case 'not-found':
        return { error: { code: 'not-found', request } };
      case 'conflict':
        return { error: { code: 'conflict', request, message: result.message } };
    }
  };
}
