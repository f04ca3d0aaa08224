import type { ReadyRequest, ReadyResponse } from '../../../protocol/release.ts';
import { volumeKey, type VolumeItem } from '../../domain/volumes/items.ts';
import { transition } from '../../domain/volumes/states.ts';
import { hashTicket } from '../../domain/volumes/tickets.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import type { Answered } from '../../domain/instances/operation.ts';
import { CONTENTION, type Unavailable } from '../../domain/instances/outcome.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import type { Deps } from './deps.ts';
import { signReceipt } from './envelope.ts';
import { presentedTicket } from './grant.ts';
import { refused, type Refused } from './outcome.ts';

interface Acknowledged {
  readonly kind: 'acknowledged';
  readonly volume: VolumeItem;
}

/** Notes that the copy is complete. Asked again with the same header it answers the same; another header is refused. */
export async function ready(
  deps: Deps,
  caller: Caller,
  request: ReadyRequest,
): Promise<Answered<ReadyResponse> | Refused | Unavailable> {
  const outcome = await acknowledge(deps, caller, request);
  if (outcome.kind !== 'acknowledged') return outcome;
  const answer = await signReceipt(deps, outcome.volume, request);
  return { kind: 'answered', answer, audit: [{ decision: 'ready' }] };
}

function acknowledge(
  deps: Deps,
  caller: Caller,
  request: ReadyRequest,
): Promise<Acknowledged | Refused | Unavailable> {
  return decideAnew(async () => {
    const volume = await deps.table.read(volumeKey(request.luks));
    const refusal = refuse(volume, caller, request);
    if (refusal !== undefined || volume === undefined) return refusal ?? refused('unknown-volume');
    if (volume.header === request.header) return { kind: 'acknowledged', volume };
    const state = transition(volume, 'ready');
    if (state === undefined) return refused('revoked');
    const set = { state, header: request.header, enrolment: undefined, updated: isoTime(deps.clock()) };
    const { instance, current, next } = volume;
    const expected = { state: volume.state, instance, current, next, header: undefined };
    const done = await deps.table.change(volumeKey(volume.luks), expected, set);
    return done ? { kind: 'acknowledged', volume: { ...volume, ...set } } : AGAIN;
  }, CONTENTION);
}

function refuse(volume: VolumeItem | undefined, caller: Caller, request: ReadyRequest): Refused | undefined {
  if (volume === undefined) return refused('unknown-volume');
  if (volume.state === 'revoked' || volume.state === 'destroyed') return refused(volume.state);
  if (volume.volume !== request.volume) return refused('volume-name');
  if (volume.instance !== caller.instance) return refused('other-instance');
  if (volume.address !== caller.address) return refused('address');
  const hash = hashTicket(presentedTicket(request) ?? Buffer.alloc(0));
  // A recovered volume is acknowledged by a boot that was just handed the next ticket.
  if (hash !== volume.current && hash !== volume.next) return refused('ticket');
  if (volume.header !== undefined && volume.header !== request.header) return refused('header');
  return undefined;
}
