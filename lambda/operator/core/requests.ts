import type { Decision, PendingRequest, RequestList } from '../../../protocol/operator.ts';
import { requestKey, type RequestItem } from '../../domain/volumes/items.ts';
import { REQUEST_SECONDS } from '../../domain/volumes/time.ts';
import { carryOut } from './approval.ts';
import type { Deps } from './deps.ts';
import { formatNext } from './messages.ts';
import { conflict, CONTENTION, MAX_ROUNDS, NOT_FOUND, type OperatorFailure } from './outcome.ts';
import { mayApprove } from './separation.ts';
import { viewRequest } from './views.ts';
import { done, type Done } from './volumes.ts';

const PAGE = 100;
const BEGUN = conflict(
  'Its approval has begun and may have taken effect: approve it to the end, and revoke the volume then.',
);

/** Without the expired: DynamoDB removes those only some time after. */
export async function listRequests(deps: Deps, after: string | undefined): Promise<Done<RequestList>> {
  const { items, next } = await deps.table.list('request', after, PAGE);
  const live = items.filter((item) => item.ttl > deps.clock());
  return done({ requests: live.map(viewRequest), next: next === undefined ? undefined : formatNext(next) });
}

export async function showRequest(deps: Deps, id: string): Promise<Done<PendingRequest> | OperatorFailure> {
  const item = await deps.table.read(requestKey(id));
  return item === undefined || item.ttl <= deps.clock() ? NOT_FOUND : done(viewRequest(item));
}

/**
 * Approves or denies. What an approval brings about comes first and can be repeated; the mark comes last, so that
 * a crash in between leaves the request pending. It can be approved again then, and not denied: who denies it must
 * not believe that nothing has happened.
 */
export async function decide(
  deps: Deps,
  id: string,
  decision: 'approved' | 'denied',
  by: string,
  { reason }: Decision,
): Promise<Done<PendingRequest> | OperatorFailure> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const now = deps.clock();
    const item = await deps.table.read(requestKey(id));
    if (item === undefined || item.ttl <= now) return NOT_FOUND;
    if (item.decision === decision) return done(viewRequest(item));
    if (item.decision !== 'pending') return conflict(`The request is ${item.decision} already.`);
    if (decision === 'denied' && item.approving) return BEGUN;
    const standing = { decision: item.decision, pending: item.pending, ttl: item.ttl };
    if (decision === 'approved') {
      const separated = await mayApprove(deps.launcherOf, item.instance, by);
      if (separated !== undefined) return separated;
      if (!(await begin(deps, item, standing))) continue;
      const failure = await carryOut(deps, item, by, reason);
      // A write that lost a race can be one's own, whose answer was lost: that one may have taken effect.
      if (failure !== undefined && failure !== CONTENTION) {
        await deps.table.change(requestKey(id), standing, { approving: undefined });
      }
      if (failure !== undefined) return failure;
    }
    const set = { decision, by, reason, ttl: now + REQUEST_SECONDS, approving: undefined };
    const expected = { ...standing, approving: decision === 'approved' ? (true as const) : undefined };
    if (await deps.table.change(requestKey(id), expected, set)) return done(viewRequest({ ...item, ...set }));
  }
  return CONTENTION;
}

async function begin(deps: Deps, item: RequestItem, standing: Partial<RequestItem>): Promise<boolean> {
  if (item.approving) return true;
  return deps.table.change(requestKey(item.id), { ...standing, approving: undefined }, { approving: true });
}
