import { HookResult, HostKey } from '../../../protocol/report.ts';
import { isA, list, type Schema } from '../../../protocol/schema.ts';
import { MessageStatus, type Server } from '../../../protocol/server.ts';
import { seqOf, type MessageItem, type ServerItem } from '../../domain/mailbox/items.ts';
import { isoTime } from '../../platform/ports/clock.ts';

/** Names every member that goes out: an item has members that must not. */
export function viewServer(item: ServerItem, messages?: readonly MessageItem[]): Server {
  const { server, for: name, state, contested, instance, created, registered, finished, by } = item;
  return {
    ...{ server, for: name, state, contested, created, by },
    ...(instance === undefined ? {} : { instance }),
    ...(registered === undefined ? {} : { registered }),
    ...(finished === undefined ? {} : { finished }),
    hooks: parseList(HookResult, item.hooks),
    hostKeys: parseList(HostKey, item.hostKeys),
    ...(messages === undefined ? {} : { messages: messages.map(viewMessage) }),
  };
}

/** Reads a list of the last report. Anything else was not put there by the service, and shows as an empty list. */
function parseList<T>(entry: Schema<T>, json: string | undefined): readonly T[] {
  try {
    const parsed: unknown = JSON.parse(json ?? '[]');
    return isA(list(entry), parsed) ? parsed : [];
  } catch {
    return [];
  }
}

/** Shows a message even after the table was tampered with, when members can be of any kind, or missing. */
export function viewMessage(item: MessageItem): MessageStatus {
  const { type, state, reason, bytes, sent, by, exp, deliveries } = item as {
    [M in keyof MessageItem]?: unknown;
  };
  const is = MessageStatus.members;
  return {
    seq: seqOf(item),
    type: valid(is.type, type, 'unreadable'),
    state: valid(is.state, state, 'published'),
    ...(isA(is.reason, reason) && reason !== undefined ? { reason } : {}),
    bytes: valid(is.bytes, bytes, 0),
    sent: valid(is.sent, sent, isoTime(0)),
    by: valid(is.by, by, '?'),
    expires: isoTime(typeof exp === 'number' && Math.abs(exp) < MAX_TIME ? exp : 0),
    deliveries: valid(is.deliveries, deliveries, 0),
  };
}

const valid = <T>(schema: Schema<T>, value: unknown, otherwise: T): T =>
  isA(schema, value) ? value : otherwise;

/** 9999-12-31. A later time would have a year of five digits. */
const MAX_TIME = 253_402_300_799;
