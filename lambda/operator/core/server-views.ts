import type { MessageStatus, Server } from '../../../protocol/server.ts';
import { seqOf, type MessageItem, type ServerItem } from '../../domain/mailbox/items.ts';
import { isoTime } from '../../platform/time.ts';

/** Names every member that goes out: an item has members that must not. */
export function viewServer(item: ServerItem, messages?: readonly MessageItem[]): Server {
  const { server, for: name, state, contested, instance, created, registered, finished, by } = item;
  return {
    ...{ server, for: name, state, contested, created, by },
    ...(instance === undefined ? {} : { instance }),
    ...(registered === undefined ? {} : { registered }),
    ...(finished === undefined ? {} : { finished }),
    hooks: parseList(item.hooks) as Server['hooks'],
    hostKeys: parseList(item.hostKeys) as Server['hostKeys'],
    ...(messages === undefined ? {} : { messages: messages.map(viewMessage) }),
  };
}

const parseList = (json: string | undefined): readonly unknown[] =>
  json === undefined ? [] : (JSON.parse(json) as unknown[]);

/** What was tampered with is shown too: members can be of any kind then, or missing. */
export function viewMessage(item: MessageItem): MessageStatus {
  const { type, state, reason, bytes, sent, by, exp, deliveries } = item as {
    [M in keyof MessageItem]?: unknown;
  };
  return {
    seq: seqOf(item),
    type: typeof type === 'string' ? type : 'unreadable',
    state: typeof state === 'string' ? item.state : 'published',
    ...(typeof reason === 'string' ? { reason: reason as NonNullable<MessageStatus['reason']> } : {}),
    bytes: typeof bytes === 'number' ? bytes : 0,
    sent: typeof sent === 'string' ? sent : isoTime(0),
    by: typeof by === 'string' ? by : '?',
    expires: isoTime(typeof exp === 'number' && Math.abs(exp) < MAX_TIME ? exp : 0),
    deliveries: typeof deliveries === 'number' ? deliveries : 0,
  };
}

/** 9999-12-31: after it, times are no longer written with four digits. */
const MAX_TIME = 253_402_300_799;
