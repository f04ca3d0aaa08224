import type { ReleaseRequest, ReleaseResponse } from '../../../protocol/release.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import type { Answered } from '../../domain/instances/operation.ts';
import type { Deps } from './deps.ts';
import { enrol } from './enrol.ts';
import { sealEnvelope } from './envelope.ts';
import type { Failure } from './outcome.ts';
import { unlock } from './unlock.ts';

/** Enrols a blank device, or unlocks a volume. */
export async function release(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
): Promise<Answered<ReleaseResponse> | Failure> {
  const { luks } = request;
  const outcome = await (luks === undefined
    ? enrol(deps, caller, request)
    : unlock(deps, caller, request, luks));
  if (outcome.kind !== 'granted') return outcome;
  const { luks: released, state: reason } = outcome.volume;
  const answer = await sealEnvelope(deps, outcome, request);
  return { kind: 'answered', answer, audit: [{ luks: released, decision: 'released', reason }] };
}
