import { PENDING_RETRY_AFTER_SECONDS } from '../../../protocol/routes.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import type {
  ReadyRequest,
  ReadyResponse,
  ReleaseRequest,
  ReleaseResponse,
} from '../../../protocol/release.ts';
import type { AuditRecord } from '../../platform/ports.ts';
import { identifyCaller, type Call } from '../../domain/instances/caller.ts';
import type { Deps } from './deps.ts';
import { enrol } from './enrol.ts';
import { sealEnvelope, signReceipt } from './envelope.ts';
import type { Failure } from './outcome.ts';
import { ready } from './ready.ts';
import { unlock } from './unlock.ts';

export type KeyserverAnswer<T> =
  { readonly ok: T } | { readonly error: ErrorBody; readonly retryAfter?: number };

const RETRY_AFTER_SECONDS = 5;

/** `POST /v1/release`, from who is asking to the audit record. */
export async function answerRelease(
  deps: Deps,
  call: Call,
  request: ReleaseRequest,
): Promise<KeyserverAnswer<ReleaseResponse>> {
  const caller = identifyCaller(call.identity, deps.settings);
  if (caller.kind === 'refused') return fail(deps, record('release', call, request), caller);
  const { luks } = request;
  const result = await (luks === undefined
    ? enrol(deps, caller, request)
    : unlock(deps, caller, request, luks));
  const line = { ...record('release', call, request), instance: caller.instance, role: caller.role };
  if (result.kind !== 'granted') return fail(deps, line, result);
  const { luks: released, state } = result.volume;
  const ok = await sealEnvelope(deps, result, request);
  deps.audit({ ...line, luks: released, decision: 'released', reason: state });
  return { ok };
}

/** `POST /v1/ready`. */
export async function answerReady(
  deps: Deps,
  call: Call,
  request: ReadyRequest,
): Promise<KeyserverAnswer<ReadyResponse>> {
  const caller = identifyCaller(call.identity, deps.settings);
  if (caller.kind === 'refused') return fail(deps, record('ready', call, request), caller);
  const result = await ready(deps, caller, request);
  const line = { ...record('ready', call, request), instance: caller.instance, role: caller.role };
  if (result.kind !== 'acknowledged') return fail(deps, line, result);
  const ok = await signReceipt(deps, result.volume, request);
  deps.audit({ ...line, decision: 'ready' });
  return { ok };
}

function record(
  action: string,
  { request, identity }: Call,
  { volume, luks, boot }: ReleaseRequest | ReadyRequest,
): Omit<AuditRecord, 'decision'> {
  const { sourceIp: address, vpceId: vpce, userArn } = identity;
  return { request, action, volume, luks, boot, address, vpce, by: userArn ?? '' };
}

/** One body for every refusal: the reason goes into the audit log only. */
function fail(
  deps: Deps,
  line: Omit<AuditRecord, 'decision'>,
  failure: Failure,
): { readonly error: ErrorBody; readonly retryAfter?: number } {
  const { request } = line;
  const pending = failure.kind === 'pending' ? failure.id : undefined;
  deps.audit({ ...line, decision: failure.kind, reason: failure.reason, pending });
  switch (failure.kind) {
    case 'refused':
      return { error: { code: 'refused', request } };
    case 'pending':
      return { error: { code: 'pending', request: failure.id }, retryAfter: PENDING_RETRY_AFTER_SECONDS };
    case 'unavailable':
      return { error: { code: 'unavailable', request }, retryAfter: RETRY_AFTER_SECONDS };
  }
}
