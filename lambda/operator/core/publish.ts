import {
  MAX_MESSAGES_PER_SERVER,
  type OutgoingMessage,
  type SentMessages,
} from '../../../protocol/server.ts';
import { messageItemKey, seqOf, serverKey, type MessageItem } from '../../domain/mailbox/items.ts';
import { messageContext, sealBody } from '../../domain/mailbox/sealing.ts';
import { eraseAll } from '../../domain/mailbox/settle.ts';
import { RECORD_SECONDS, takesMessages } from '../../domain/mailbox/states.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import { conflict, CONTENTION, done, NOT_FOUND, type Done, type OperatorFailure } from './outcome.ts';
import type { ServerDeps } from './server-deps.ts';
import { viewMessage } from './server-views.ts';

const FULL = conflict(
  `A server takes at most ${String(MAX_MESSAGES_PER_SERVER)} messages: put more into one, or make another server.`,
);
const CONTESTED = conflict('It is contested: resolve that first (sealroot preseed resolve).');
/** Lost rounds, each to another sender, before it is taken for a fault. */
const MAX_ROUNDS = 50;

/**
 * Publishes messages, in order, each once for its id. First each takes the next free number, by a write that only one
 * sender can win; then the server's record counts them all in one write, and only then they exist for an instance. So
 * nothing is ever published below what an instance has seen, nor into a mailbox that has been closed.
 */
export async function sendMessages(
  deps: ServerDeps,
  server: string,
  outgoing: readonly OutgoingMessage[],
  by: string,
): Promise<Done<SentMessages> | OperatorFailure> {
  const item = await deps.mailbox.server(server);
  if (item === undefined) return NOT_FOUND;
  const slots = [...(await deps.mailbox.summaries(server))];
  const fresh = outgoing.filter(
    ({ id }) => !slots.some((slot) => slot.id === id && seqOf(slot) <= item.last),
  );
  if (fresh.length > 0 && !takesMessages(item.state)) return conflict(closed(item.state));
  if (fresh.length > 0 && item.contested) return CONTESTED;
  const unwritten = fresh.filter(({ id }) => !slots.some((slot) => slot.id === id));
  if (highestOf(slots) + unwritten.length > MAX_MESSAGES_PER_SERVER) return FULL;
  const context = messageContext(deps.stage, server);
  for (const message of outgoing) {
    if (slots.some(({ id }) => id === message.id)) continue;
    const written = await write(deps, server, slots, message, by, context);
    if (written === undefined) return FULL;
  }
  const sent = outgoing.map(({ id }) => slots.find((slot) => slot.id === id));
  const failure = fresh.length === 0 ? undefined : await count(deps, server, sent);
  return (
    failure ?? done({ messages: sent.flatMap((slot) => (slot === undefined ? [] : [viewMessage(slot)])) })
  );
}

/** Takes the next free number. @returns undefined when there is none left; `slots` has all that are taken. */
async function write(
  deps: ServerDeps,
  server: string,
  slots: MessageItem[],
  { id, lifetime, message }: OutgoingMessage,
  by: string,
  context: ReturnType<typeof messageContext>,
): Promise<MessageItem | undefined> {
  const { type } = message;
  const plaintext = Buffer.from(JSON.stringify(message));
  const { plaintext: key, sealed } = await deps.drawKey(context);
  try {
    for (;;) {
      const seq = highestOf(slots) + 1;
      if (seq > MAX_MESSAGES_PER_SERVER) return undefined;
      const now = deps.clock();
      const exp = now + lifetime;
      const slot: MessageItem = {
        ...messageItemKey(server, seq),
        ...{ id, seq, type, state: 'published', bytes: plaintext.length },
        ...{ sent: isoTime(now), by, exp, deliveries: 0, ttl: exp + RECORD_SECONDS },
        key: sealed.toString('base64url'),
      };
      const body = sealBody(plaintext, key, { server, seq, type, exp });
      const isOurs = await deps.mailbox.create({ ...slot, body });
      const there = isOurs ? slot : await deps.mailbox.message(server, seq);
      if (there === undefined) throw new Error('a message that cannot be written is not there either');
      slots.push(there);
      // Another sender has this number; or this one does, and the answer to its write was lost.
      if (there.id === id) return there;
    }
  } finally {
    key.fill(0);
  }
}

/** Publishes everything up to the last of `sent`; also what another sender wrote before it and has not counted yet. */
function count(
  deps: ServerDeps,
  server: string,
  sent: readonly (MessageItem | undefined)[],
): Promise<OperatorFailure | undefined> {
  const highest = highestOf(sent.filter((slot) => slot !== undefined));
  return decideAnew(
    async () => {
      const item = await deps.mailbox.server(server);
      if (item === undefined) return NOT_FOUND;
      const { state, last } = item;
      if (last >= highest) return undefined;
      if (!takesMessages(state)) {
        const late = sent.filter((slot) => slot !== undefined).filter((slot) => seqOf(slot) > last);
        await eraseAll(deps.mailbox, late, deps.clock());
        return conflict(closed(state));
      }
      const changed = await deps.mailbox.change(serverKey(server), { state, last }, { last: highest });
      return changed ? undefined : AGAIN;
    },
    CONTENTION,
    MAX_ROUNDS,
  );
}

const highestOf = (slots: readonly MessageItem[]): number => Math.max(0, ...slots.map(seqOf));

const closed = (state: string): string =>
  `It is ${state}: nothing can be sent to it any more. Make another server for another instance.`;
