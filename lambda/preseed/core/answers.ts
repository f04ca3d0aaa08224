import type { ErrorBody } from '../../../protocol/errors.ts';
import type {
  AckRequest,
  AckResponse,
  ReceiveRequest,
  ReceiveResponse,
  RegisterRequest,
  RegisterResponse,
  ReportRequest,
  ReportResponse,
} from '../../../protocol/preseed.ts';
import { identifyCaller, type Call, type Caller } from '../../domain/instances/caller.ts';
import type { AuditRecord } from '../../platform/ports.ts';
import { ack } from './ack.ts';
import type { Deps } from './deps.ts';
import type { Failure } from './outcome.ts';
import { receive } from './receive.ts';
import { register } from './register.ts';
import { report } from './report.ts';

export type PreseedAnswer<T> =
  { readonly ok: T } | { readonly error: ErrorBody; readonly retryAfter?: number };

const RETRY_AFTER_SECONDS = 5;

type Line = Omit<AuditRecord, 'decision'>;

/** `POST /v1/preseed/register`, from who is asking to the audit record; so are the other three. */
export async function answerRegister(
  deps: Deps,
  call: Call,
  request: RegisterRequest,
): Promise<PreseedAnswer<RegisterResponse>> {
  const { caller, line } = identify(deps, 'register', call, request.server);
  if (caller.kind === 'refused') return fail(deps, line, caller);
  const result = await register(deps, caller, request);
  const said = { ...line, boot: request.boot };
  if (result.kind !== 'registered') return fail(deps, said, result);
  deps.audit({ ...said, decision: result.isRepeated ? 'registered-again' : 'registered' });
  return { ok: result.response };
}

/** `POST /v1/preseed/receive`. */
export async function answerReceive(
  deps: Deps,
  call: Call,
  request: ReceiveRequest,
): Promise<PreseedAnswer<ReceiveResponse>> {
  const { caller, line } = identify(deps, 'receive', call, request.server);
  if (caller.kind === 'refused') return fail(deps, line, caller);
  const result = await receive(deps, caller, request);
  if (result.kind !== 'received') return fail(deps, line, result);
  for (const seq of result.unreadable) {
    deps.audit({ ...line, decision: 'rejected', reason: 'unreadable', seq, alarm: true });
  }
  const { messages } = result.response;
  deps.audit({ ...line, decision: messages.length === 0 ? 'empty' : 'delivered', count: messages.length });
  return { ok: result.response };
}

/** `POST /v1/preseed/ack`. */
export async function answerAck(
  deps: Deps,
  call: Call,
  request: AckRequest,
): Promise<PreseedAnswer<AckResponse>> {
  const { caller, line } = identify(deps, 'ack', call, request.server);
  if (caller.kind === 'refused') return fail(deps, line, caller);
  const result = await ack(deps, caller, request);
  if (result.kind !== 'acknowledged') return fail(deps, line, result);
  for (const { seq, result: decision, reason } of request.results) {
    if (result.response.settled.includes(seq)) deps.audit({ ...line, decision, reason, seq });
  }
  return { ok: result.response };
}

/** `POST /v1/preseed/report`. */
export async function answerReport(
  deps: Deps,
  call: Call,
  request: ReportRequest,
): Promise<PreseedAnswer<ReportResponse>> {
  const { caller, line } = identify(deps, 'report', call, request.server);
  if (caller.kind === 'refused') return fail(deps, line, caller);
  const result = await report(deps, caller, request);
  if (result.kind !== 'reported') return fail(deps, line, result);
  deps.audit({ ...line, decision: result.status });
  return { ok: { v: 1 } };
}

function identify(
  deps: Deps,
  action: string,
  { request, identity }: Call,
  server: string,
): { readonly caller: ReturnType<typeof identifyCaller>; readonly line: Line } {
  const caller = identifyCaller(identity, deps.settings);
  const { sourceIp: address, vpceId: vpce, userArn } = identity;
  const { instance, role }: Partial<Caller> = caller.kind === 'caller' ? caller : {};
  return { caller, line: { request, action, server, address, vpce, by: userArn ?? '', instance, role } };
}

/** One body for every refusal: the reason goes into the audit log only. */
function fail(
  deps: Deps,
  line: Line,
  failure: Failure,
): { readonly error: ErrorBody; readonly retryAfter?: number } {
  const { request } = line;
  const alarm = failure.kind === 'refused' ? failure.alarm : undefined;
  deps.audit({ ...line, decision: failure.kind, reason: failure.reason, alarm });
  switch (failure.kind) {
    case 'refused':
      return { error: { code: 'refused', request } };
    case 'conflict':
      return { error: { code: 'conflict', request } };
    case 'unavailable':
      return { error: { code: 'unavailable', request }, retryAfter: RETRY_AFTER_SECONDS };
  }
}
