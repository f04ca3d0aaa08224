import type { RejectReason } from '../../../protocol/preseed.ts';
import { messageItemKey, seqOf, type MessageItem } from './items.ts';
import type { Mailbox } from './mailbox.ts';
import { isOpen, RECORD_SECONDS } from './states.ts';

/** Removes the content: the table keeps only the record of a settled message. */
const ERASED = { body: undefined, key: undefined, holder: undefined, lease: undefined } as const;

export interface Settlement {
  readonly state: 'applied' | 'rejected' | 'expired';
  readonly reason?: RejectReason | undefined;
}

/** State and erasure in one write. @returns false when the message is no longer in the state that it was read in. */
export function settle(
  mailbox: Mailbox,
  message: Pick<MessageItem, 'server' | 'item' | 'state'>,
  { state, reason }: Settlement,
  now: number,
): Promise<boolean> {
  const key = messageItemKey(message.server, seqOf(message));
  // Another writer made a state that cannot be read: it is overwritten, whatever it was.
  const expected: Partial<MessageItem> = typeof message.state === 'string' ? { state: message.state } : {};
  return mailbox.change(key, expected, { ...ERASED, state, reason, ttl: now + RECORD_SECONDS });
}

/** Settles what has expired. @returns all of them, as they are now. */
export async function settleExpired(
  mailbox: Mailbox,
  messages: readonly MessageItem[],
  now: number,
): Promise<readonly MessageItem[]> {
  const settled = messages.map(async (message) => {
    if (!isOpen(message.state) || message.exp > now) return message;
    // Another writer came first and settled it in another way, which is as good.
    const done = await settle(mailbox, message, { state: 'expired' }, now);
    return done ? { ...message, state: 'expired' as const } : message;
  });
  return Promise.all(settled);
}

/** Erases the content of everything that a server still has, published or not. Repeatable. */
export async function eraseAll(
  mailbox: Mailbox,
  messages: readonly MessageItem[],
  now: number,
): Promise<readonly MessageItem[]> {
  const erased = messages.map(async (message) => {
    if (!isOpen(message.state)) return message;
    // A message that was handed out may have been applied, so it is not called expired.
    const state = message.state === 'published' ? ('expired' as const) : message.state;
    const key = messageItemKey(message.server, seqOf(message));
    const set = { ...ERASED, state, ttl: now + RECORD_SECONDS };
    const done = await mailbox.change<MessageItem>(key, { state: message.state }, set);
    return done ? { ...message, state } : message;
  });
  return Promise.all(erased);
}
