import type { AnswerOf, InputOf, Operation } from '../../../protocol/operations/operation.ts';
import type { OperationHandler, Reply } from '../../platform/ports/api.ts';
import type { Audit } from '../../platform/ports/audit.ts';
import type { DecisionRecord } from '../audit.ts';
import { identifyCaller, type Caller } from './caller.ts';
import type { Failure } from './outcome.ts';
import type { InstanceSettings } from './settings.ts';

/** A positive decision. */
export interface Answered<Answer> {
  readonly kind: 'answered';
  readonly answer: Answer;
  /** Notes for the audit log, a line each. */
  readonly audit: readonly Note[];
}

type Note = Pick<DecisionRecord, 'decision' | 'reason' | 'luks' | 'seq' | 'count' | 'alarm'>;

/** Members of the audit record that say which thing a request is about. */
type Subject = Pick<DecisionRecord, 'volume' | 'luks' | 'boot' | 'server'>;

type Line = Omit<DecisionRecord, 'decision'>;

interface Deps {
  readonly settings: InstanceSettings;
  readonly audit: Audit<DecisionRecord>;
}

/** An operation that instances call: identifies the caller, has a service decide, writes the audit log, and replies. */
export function instanceOperation<O extends Operation>(
  { settings, audit }: Deps,
  { audit: action }: O,
  subjectOf: (body: InputOf<O>['body']) => Subject,
  decide: (caller: Caller, body: InputOf<O>['body']) => Promise<Answered<AnswerOf<O>> | Failure>,
): OperationHandler<O> {
  return async ({ id: request, identity, body }) => {
    const { sourceIp: address, vpceId: vpce, userArn } = identity;
    const { volume, luks, boot, server } = subjectOf(body);
    const line: Line = { request, action, volume, luks, boot, server, address, vpce, by: userArn ?? '' };
    const caller = identifyCaller(identity, settings);
    if (caller.kind === 'refused') return fail(audit, line, caller);
    const known = { ...line, instance: caller.instance, role: caller.role };
    const outcome = await decide(caller, body);
    if (outcome.kind !== 'answered') return fail(audit, known, outcome);
    for (const note of outcome.audit) audit({ ...known, ...note });
    return { ok: outcome.answer };
  };
}

/** Replies with the error code; the reason goes into the audit log only. */
function fail(audit: Audit<DecisionRecord>, line: Line, failure: Failure): Reply<never> {
  const { kind: code, reason } = failure;
  const pending = code === 'pending' ? failure.id : undefined;
  const alarm = code === 'refused' ? failure.alarm : undefined;
  audit({ ...line, decision: code, reason, pending, alarm });
  return { error: { code, request: pending ?? line.request } };
}
