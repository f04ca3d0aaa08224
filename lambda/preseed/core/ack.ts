import type { AckRequest, AckResponse, MessageResult } from '../../../protocol/preseed.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import { messageItemKey, type MessageItem } from '../../domain/mailbox/items.ts';
import { settle, type Settlement } from '../../domain/mailbox/settle.ts';
import type { Answered } from '../../domain/instances/operation.ts';
import { CONTENTION } from '../../domain/instances/outcome.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import type { Deps } from './deps.ts';
import { refused, type Failure } from './outcome.ts';
import { authorize } from './registration.ts';

/** Notes what became of messages on the instance. The first result of each stands. */
export async function ack(
  deps: Deps,
  caller: Caller,
  request: AckRequest,
): Promise<Answered<AckResponse> | Failure> {
  const server = authorize(await deps.mailbox.server(request.server), caller, request.subkey);
  if (server.kind === 'refused') return server;
  if (server.state === 'finished') return refused('finished');
  const settled = await Promise.all(
    request.results.map(async (result) => {
      // A number that is not published yet is not there yet.
      if (result.seq > server.last) return false;
      return settleOne(deps, server.server, result);
    }),
  );
  if (settled.includes(undefined)) return CONTENTION;
  const done = request.results.filter((_, index) => settled[index]);
  const numbers = [...new Set(done.map(({ seq }) => seq))].sort((a, b) => a - b);
  return {
    kind: 'answered',
    answer: { v: 1, settled: numbers },
    audit: done.map(({ seq, result: decision, reason }) => ({ decision, reason, seq })),
  };
}

/** @returns whether it is settled, now or before; undefined when it keeps changing. */
async function settleOne(deps: Deps, server: string, result: MessageResult): Promise<boolean | undefined> {
  const settlement = settlementOf(result);
  const key = messageItemKey(server, result.seq);
  // Nearly all messages are in this state, so it is tried without a read.
  if (await settle(deps.mailbox, { ...key, state: 'delivered' }, settlement, deps.clock())) return true;
  return decideAnew(async () => {
    const message = await deps.mailbox.message(server, result.seq);
    if (message === undefined || message.state === 'published') return false;
    if (message.state !== 'delivered' && !isGivenUp(message, result)) return true;
    return (await settle(deps.mailbox, message, settlement, deps.clock())) ? true : AGAIN;
  }, undefined);
}

/** The service gave it up while it was on the instance, where it was applied in time all the same. */
function isGivenUp(message: MessageItem, result: MessageResult): boolean {
  return message.state === 'expired' && message.deliveries > 0 && result.result === 'applied';
}

function settlementOf({ result, reason }: MessageResult): Settlement {
  if (result === 'applied') return { state: 'applied' };
  return reason === 'expired' ? { state: 'expired' } : { state: 'rejected', reason };
}
