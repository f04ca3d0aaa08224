import type { Decision } from '../../../protocol/operator.ts';
import type { Resolution, Server } from '../../../protocol/server.ts';
import { serverKey, type ServerItem } from '../../domain/mailbox/items.ts';
import { eraseAll } from '../../domain/mailbox/settle.ts';
import { isRegistered, RECORD_SECONDS, REPEAT_SECONDS } from '../../domain/mailbox/states.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import { conflict, CONTENTION, done, NOT_FOUND, type Done, type OperatorFailure } from './outcome.ts';
import type { ServerDeps } from './server-deps.ts';
import { viewWithMessages } from './servers.ts';

const NOT_CONTESTED = conflict(
  'It is not contested: there is nothing to resolve. Withdraw it to call it off.',
);
const NOTHING_TO_RESET = conflict(
  'It is finished: what it was told is gone. Keep it, or make another server.',
);
const FINISHED = conflict('It is finished: its instance is configured, and what it was told is gone.');

/** Removes a registration: its secret and subkey are worth nothing afterwards. */
const FORGOTTEN: Partial<ServerItem> = {
  ...{ instance: undefined, address: undefined, key: undefined, registered: undefined },
  ...{ secret: undefined, binding: undefined, subkey: undefined, repeatable: undefined },
  ...{ hooks: undefined, hostKeys: undefined },
};

/**
 * Ends a contest. Only while there is one: a `reset` that is repeated after its answer was lost must not forget the
 * instance that has registered since.
 */
export function resolveServer(
  deps: ServerDeps,
  server: string,
  by: string,
  { decision, reason }: Resolution,
): Promise<Done<Server> | OperatorFailure> {
  return decideAnew(async () => {
    const item = await deps.mailbox.server(server);
    if (item === undefined) return NOT_FOUND;
    const { state, contested, instance, decider } = item;
    // The same person has done it before, and the answer was lost.
    const isRepeated = decider === by && item.reason === reason && isDone(item, decision);
    if (!contested) return isRepeated ? done(await viewWithMessages(deps, item)) : NOT_CONTESTED;
    if (decision === 'reset' && !isRegistered(state)) return NOTHING_TO_RESET;
    const change: Partial<ServerItem> =
      decision === 'reset'
        ? { ...FORGOTTEN, state: 'created' }
        : // An honest instance that lost its secret in a power cut and came too late has caused a contest as well.
          { repeatable: isRegistered(state) ? deps.clock() + REPEAT_SECONDS : undefined };
    const set = { ...change, contested: false, decider: by, reason };
    const expected: Partial<ServerItem> = { state, contested, instance };
    const changed = await deps.mailbox.change(serverKey(server), expected, set);
    return changed ? done(await viewWithMessages(deps, { ...item, ...set })) : AGAIN;
  }, CONTENTION);
}

const isDone = (item: ServerItem, decision: Resolution['decision']): boolean =>
  decision === 'reset' ? item.state === 'created' : item.instance !== undefined;

/**
 * Marks the server first, so that nothing is handed out any more, then erases; a repeated request completes the
 * erasure.
 */
export function withdrawServer(
  deps: ServerDeps,
  server: string,
  by: string,
  { reason }: Decision,
): Promise<Done<Server> | OperatorFailure> {
  return decideAnew(async () => {
    const item = await deps.mailbox.server(server);
    if (item === undefined) return NOT_FOUND;
    if (item.state === 'finished') return FINISHED;
    const now = deps.clock();
    const mark: Partial<ServerItem> = {
      ...{ secret: undefined, binding: undefined, subkey: undefined, repeatable: undefined },
      ...{ state: 'withdrawn', contested: false, decider: by, reason, ttl: now + RECORD_SECONDS },
    };
    const isMarked = item.state === 'withdrawn';
    const { state, instance } = item;
    if (!isMarked && !(await deps.mailbox.change(serverKey(server), { state, instance }, mark))) return AGAIN;
    await eraseAll(deps.mailbox, await deps.mailbox.summaries(server), now);
    return done(await viewWithMessages(deps, isMarked ? item : { ...item, ...mark }));
  }, CONTENTION);
}
