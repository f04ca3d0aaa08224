import type { Decision, PendingRequest, RequestList } from '../../../protocol/operator.ts';
import { requestKey, type RequestItem } from '../../domain/volumes/items.ts';
import { REQUEST_SECONDS } from '../../domain/volumes/time.ts';
import { carryOut } from './approval.ts';
import type { Deps } from './deps.ts';
import { listOfKind } from '../../domain/volumes/table.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import { conflict, CONTENTION, done, NOT_FOUND, type Done, type OperatorFailure } from './outcome.ts';
import { formatNext, PAGE, parseNext } from './paging.ts';
import { mayApprove } from './separation.ts';
import { viewRequest } from './views.ts';

const BEGUN = conflict(
  'Its approval has begun and may have taken effect: approve it to the end, and revoke the volume then.',
);

/** Lists requests, without the expired: DynamoDB removes them only some time after. */
export async function listRequests(deps: Deps, next: string | undefined): Promise<Done<RequestList>> {
  const after = parseNext('request', requestKey, next);
  const page = await listOfKind(deps.query, 'request', after, PAGE);
  const live = page.items.filter((item) => item.ttl > deps.clock());
  const last = page.next === undefined ? undefined : page.items.at(-1);
  return done({ requests: live.map(viewRequest), next: last && formatNext('request', last.id) });
}

export async function showRequest(deps: Deps, id: string): Promise<Done<PendingRequest> | OperatorFailure> {
  const item = await deps.table.read(requestKey(id));
  return item === undefined || item.ttl <= deps.clock() ? NOT_FOUND : done(viewRequest(item));
}

/**
 * Approves or denies. What an approval brings about comes first and can be repeated; the mark comes last, so that
 * a crash in between leaves the request pending. It can be approved again then, and not denied: a person who
 * denies it must not believe that nothing has happened.
 */
export function decide(
  deps: Deps,
  id: string,
  decision: 'approved' | 'denied',
  by: string,
  { reason }: Decision,
): Promise<Done<PendingRequest> | OperatorFailure> {
  return decideAnew(async () => {
    const now = deps.clock();
    const item = await deps.table.read(requestKey(id));
    if (item === undefined || item.ttl <= now) return NOT_FOUND;
    if (item.decision === decision) return done(viewRequest(item));
    if (item.decision !== 'pending') return conflict(`The request is ${item.decision} already.`);
    if (decision === 'denied' && item.approving) return BEGUN;
    const standing = { decision: item.decision, pending: item.pending, ttl: item.ttl };
    if (decision === 'approved') {
      const separated = await mayApprove(deps.launched, item.instance, by);
      if (separated !== undefined) return separated;
      if (!(await begin(deps, item, standing))) return AGAIN;
      const failure = await carryOut(deps, item, by, reason);
      // A write that lost a race can be one's own, whose answer was lost: that one may have taken effect.
      if (failure !== undefined && failure !== CONTENTION) {
        await deps.table.change(requestKey(id), standing, { approving: undefined });
      }
      if (failure !== undefined) return failure;
    }
    const set = { decision, by, reason, ttl: now + REQUEST_SECONDS, approving: undefined };
    const expected = { ...standing, approving: decision === 'approved' ? (true as const) : undefined };
    const changed = await deps.table.change(requestKey(id), expected, set);
    return changed ? done(viewRequest({ ...item, ...set })) : AGAIN;
  }, CONTENTION);
}

async function begin(deps: Deps, item: RequestItem, standing: Partial<RequestItem>): Promise<boolean> {
  if (item.approving) return true;
  return deps.table.change(requestKey(item.id), { ...standing, approving: undefined }, { approving: true });
}
