import { jwkThumbprint } from '../../../protocol/jose/jwk.ts';
import type { PendingReason } from '../../../protocol/operator.ts';
import { requestId, type ReleaseRequest } from '../../../protocol/release.ts';
import { requestKey, type RequestItem } from '../../domain/volumes/items.ts';
import { REQUEST_SECONDS } from '../../domain/volumes/time.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import { CONTENTION } from '../../domain/instances/outcome.ts';
import { AGAIN, decideAnew, type Again } from '../../domain/lost-races.ts';
import type { Deps } from './deps.ts';
import { refused, type Failure, type Pending, type Refused } from './outcome.ts';

/** Seconds between two notes that an instance still waits: it asks far more often. */
const REFRESH_SECONDS = 300;

/** Facts that the custodian gets to see or the operator's Lambda needs, beside the request itself. */
export interface Circumstances {
  readonly kind: 'circumstances';
  readonly image: string;
  /** EC2 no longer knows it. */
  readonly imageGone?: true | undefined;
  readonly from?: string;
  readonly replaces?: string;
  readonly sealed?: string | undefined;
}

export interface Approved {
  readonly kind: 'approved';
  readonly item: RequestItem;
}

/**
 * Holds a doubtful request until a person has decided, or refuses it, as the policy says.
 *
 * @param describe looks up what is written down with a new request; it can refuse instead.
 */
export async function doubt(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
  reason: PendingReason,
  describe: () => Promise<Circumstances | Failure>,
): Promise<Approved | Failure> {
  if (!mayBeApproved(deps, reason)) return refused('policy');
  const id = requestId(caller.instance, request);
  return decideAnew(async () => {
    const now = deps.clock();
    const item = await deps.table.read(requestKey(id));
    if (item !== undefined && item.ttl > now && covers(item.pending, reason)) {
      return standingDecision(deps, item, request, now);
    }
    const described = await describe();
    if (described.kind !== 'circumstances') return described;
    const fresh = newRequest(id, caller, request, reason, described, now);
    const { pk, ...members } = fresh;
    const stored =
      item === undefined
        ? await deps.table.create(fresh)
        : await deps.table.change<RequestItem>({ pk }, { ttl: item.ttl, decision: item.decision }, members);
    return stored ? { kind: 'pending', id, reason } : AGAIN;
  }, CONTENTION);
}

async function standingDecision(
  deps: Deps,
  item: RequestItem,
  request: ReleaseRequest,
  now: number,
): Promise<Approved | Refused | Pending | Again> {
  if (item.key !== jwkThumbprint(request.epk)) return refused('denied');
  if (item.decision === 'approved') return { kind: 'approved', item };
  if (item.decision === 'denied') return refused('denied');
  if (now - item.last >= REFRESH_SECONDS) {
    const expected = { ttl: item.ttl, decision: item.decision };
    const set = { last: now, ttl: now + REQUEST_SECONDS };
    if (!(await deps.table.change(requestKey(item.id), expected, set))) return AGAIN;
  }
  return { kind: 'pending', id: item.id, reason: item.pending };
}

/** Tells whether a custodian has denied this very boot, for whichever doubt. */
export async function isDenied(deps: Deps, caller: Caller, request: ReleaseRequest): Promise<boolean> {
  const item = await deps.table.read(requestKey(requestId(caller.instance, request)));
  return item?.decision === 'denied' && item.ttl > deps.clock();
}

function mayBeApproved(deps: Deps, reason: PendingReason): boolean {
  const { moved, ticket } = deps.settings.policy;
  if (reason === 'moved' || reason === 'unknown-volume') return moved === 'approve';
  if (reason === 'stale-ticket' || reason === 'unknown-ticket' || reason === 'no-ticket') {
    return ticket === 'approve';
  }
  return true;
}

/**
 * Tells whether a decision about `decided` is one about `asked` too. After a move or a recovery the ticket is all that is
 * left to doubt, and the custodian has looked at the request; a doubtful ticket that was approved says nothing of a move.
 * After a re-enrolment the enrolment itself is left, which its image can hold up.
 */
function covers(decided: PendingReason, asked: PendingReason): boolean {
  const exact: readonly PendingReason[] = ['re-enrolment', 'moved', 'unknown-volume'];
  if (exact.includes(asked)) return decided === asked;
  const isOfEnrolment = decided === 'enrolment' || decided === 're-enrolment';
  return isOfEnrolment === (asked === 'enrolment');
}

function newRequest(
  id: string,
  caller: Caller,
  request: ReleaseRequest,
  pending: PendingReason,
  { image, imageGone, from, replaces, sealed }: Circumstances,
  now: number,
): RequestItem {
  return {
    ...requestKey(id),
    kind: 'request',
    id,
    pending,
    decision: 'pending',
    instance: caller.instance,
    volume: request.volume,
    luks: request.luks,
    address: caller.address,
    image,
    imageGone,
    key: jwkThumbprint(request.epk),
    first: isoTime(now),
    last: now,
    ttl: now + REQUEST_SECONDS,
    from,
    replaces,
    sealed,
    approving: undefined,
    by: undefined,
    reason: undefined,
  };
}
