import { PRESEED_INDEX } from '../../../protocol/names.ts';
import { MAX_RECEIVED_MESSAGES } from '../../../protocol/preseed.ts';
import type { Page, Query, QueryTable, StartKey, Table } from '../../platform/ports/table.ts';
import {
  messageItemKey,
  seqOf,
  serverKey,
  type Item,
  type Key,
  type MessageItem,
  type ServerItem,
} from './items.ts';

/** Servers and their messages. */
export type MailboxTable = Table<'server' | 'item', Item>;

export type MailboxQuery = QueryTable<Item>;

/** Reads what can be read of an item that was tampered with, so that it does not hide the others. */
export const MAILBOX_TABLE = { key: ['server', 'item'], foreign: 'skip' } as const;

/** Members of a summary: all but `body`. */
const SUMMARY = [
  ...['server', 'item', 'id', 'seq', 'type', 'state', 'reason', 'bytes', 'sent', 'by', 'exp', 'deliveries'],
  ...['key', 'holder', 'lease', 'ttl'],
];
const MAX_SEQ = 999_999;

export interface Mailbox extends Pick<MailboxTable, 'create' | 'change'> {
  server(server: string): Promise<ServerItem | undefined>;
  message(server: string, seq: number): Promise<MessageItem | undefined>;
  /** All messages of a server in order, without `body`. */
  summaries(server: string): Promise<readonly MessageItem[]>;
  /** The next messages above `after`, up to `last`, whole and in order; as many as one answer holds. */
  page(server: string, after: number, last: number): Promise<MessagePage>;
}

export interface MessagePage {
  readonly items: readonly MessageItem[];
  /** True when there are later ones. */
  readonly more: boolean;
}

export function mailbox(table: MailboxTable, query: MailboxQuery): Mailbox {
  return {
    create: (item) => table.create(item),
    change: (key, expected, set) => table.change(key, expected, set),
    server: (server) => table.read(serverKey(server)),
    message: (server, seq) => table.read(messageItemKey(server, seq)),
    async summaries(server) {
      const found: MessageItem[] = [];
      let after: StartKey | undefined;
      do {
        const page = await query<MessageItem>({ ...messages(server, 1, MAX_SEQ), members: SUMMARY, after });
        found.push(...page.items);
        after = page.next;
      } while (after !== undefined);
      return found;
    },
    async page(server, after, last) {
      if (after >= last) return { items: [], more: false };
      const limit = MAX_RECEIVED_MESSAGES;
      const { items, next } = await query<MessageItem>({ ...messages(server, after + 1, last), limit });
      // A page that is just full has a key to go on from, even if nothing comes after it.
      const end = items.at(-1);
      return { items, more: next !== undefined && end !== undefined && seqOf(end) < last };
    },
  };
}

const messages = (server: string, first: number, last: number): Query => ({
  partition: { name: 'server', value: server },
  range: {
    name: 'item',
    first: messageItemKey(server, first).item,
    last: messageItemKey(server, last).item,
  },
});

/** Lists servers from the index: eventually consistent, and with the summary only. */
export const listServerItems = (
  query: MailboxQuery,
  after: Key<ServerItem> | undefined,
  limit: number,
): Promise<Page<ServerItem>> =>
  query({
    index: PRESEED_INDEX,
    partition: { name: 'kind', value: 'server' },
    after: after && { kind: 'server', server: after.server, item: after.item },
    limit,
  });
