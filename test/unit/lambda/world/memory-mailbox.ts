import type { ServerMailbox, ServerPage } from '../../../../lambda/operator/core/server-deps.ts';
import {
  messageItemKey,
  seqOf,
  serverKey,
  type Item,
  type Key,
  type MessageItem,
  type ServerItem,
} from '../../../../lambda/domain/mailbox/items.ts';
import type { Page } from '../../../../lambda/domain/mailbox/ports.ts';
import { PRESEED_INDEX_ATTRIBUTES } from '../../../../protocol/names.ts';
import { MAX_RECEIVED_MESSAGES } from '../../../../protocol/preseed.ts';
import type { Fault } from './memory-table.ts';

type Stored = Record<string, unknown>;
export type MailboxOperation = 'read' | 'create' | 'change';

/** Behaves like the table of preseeding in DynamoDB; every call can be made to fail. */
export class MemoryMailbox implements ServerMailbox {
  readonly items = new Map<string, Stored>();
  fault: ((operation: MailboxOperation, key: string) => Fault | undefined) | undefined;
  /** Called before each write is applied: lets a test put another writer in between. */
  beforeWrite: ((key: string) => Promise<void> | void) | undefined;

  server(server: string): Promise<ServerItem | undefined> {
    return this.#read(serverKey(server));
  }

  message(server: string, seq: number): Promise<MessageItem | undefined> {
    return this.#read(messageItemKey(server, seq));
  }

  summaries(server: string): Promise<readonly MessageItem[]> {
    return this.#call('read', server, () =>
      this.#messages(server).map((item) => defined({ ...item, body: undefined }) as unknown as MessageItem),
    );
  }

  page(server: string, after: number, last: number): Promise<Page> {
    return this.#call('read', server, () => {
      const within = (item: MessageItem): boolean => seqOf(item) > after && seqOf(item) <= last;
      const all = this.#messages(server).filter(within);
      return { items: all.slice(0, MAX_RECEIVED_MESSAGES), more: all.length > MAX_RECEIVED_MESSAGES };
    });
  }

  servers(after: string | undefined, limit: number): Promise<ServerPage> {
    return this.#call('read', 'index', () => {
      const all = [...this.items.values()].filter((item) => item['kind'] === 'server');
      const later = all.filter((item) => after === undefined || String(item['server']) > after);
      const sorted = later.sort((a, b) => (String(a['server']) < String(b['server']) ? -1 : 1));
      const items = sorted.slice(0, limit).map(projected) as unknown as ServerItem[];
      return { items, next: sorted.length > limit ? items.at(-1)?.server : undefined };
    });
  }

  async create(item: Item): Promise<boolean> {
    const key = nameOf(item);
    await this.beforeWrite?.(key);
    return this.#call('create', key, () => {
      if (this.items.has(key)) return false;
      this.items.set(key, defined({ ...item }));
      return true;
    });
  }

  async change<T extends Item>(at: Key<T>, expected: Partial<T>, set: Partial<T>): Promise<boolean> {
    const key = nameOf(at);
    await this.beforeWrite?.(key);
    return this.#call('change', key, () => {
      if ('server' in set || 'item' in set) throw new Error('ValidationException: part of the key');
      const item = this.items.get(key);
      if (item === undefined) return false;
      if (Object.entries(expected).some(([name, value]) => item[name] !== value)) return false;
      this.items.set(key, defined({ ...item, ...set }));
      return true;
    });
  }

  #read<T extends Item>(at: Key<T>): Promise<T | undefined> {
    const key = nameOf(at);
    return this.#call('read', key, () => structuredClone(this.items.get(key)) as unknown as T | undefined);
  }

  #messages(server: string): MessageItem[] {
    const all = [...this.items.values()].filter(
      (item) => item['server'] === server && item['item'] !== 'server',
    );
    const sorted = all.sort((a, b) => (String(a['item']) < String(b['item']) ? -1 : 1));
    return structuredClone(sorted) as unknown as MessageItem[];
  }

  async #call<T>(operation: MailboxOperation, key: string, apply: () => T): Promise<T> {
    await Promise.resolve();
    const fault = this.fault?.(operation, key);
    if (fault === 'lost-request') throw new Error('lost request');
    const result = apply();
    if (fault === 'lost-answer') throw new Error('lost answer');
    return result;
  }
}

const nameOf = ({ server, item }: { server: string; item: string }): string => `${server}/${item}`;

const projected = (item: Stored): Stored =>
  Object.fromEntries(
    ['server', 'item', 'kind', ...PRESEED_INDEX_ATTRIBUTES].flatMap((name) =>
      item[name] === undefined ? [] : [[name, item[name]]],
    ),
  );

function defined(item: object): Stored {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
