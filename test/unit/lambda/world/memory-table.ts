import type { Key, Page, Query, QueryTable, Table } from '../../../../lambda/platform/ports/table.ts';

export type Operation = 'read' | 'create' | 'change' | 'list';

/** Fault of a call: it never arrives, or it does and the answer is lost. */
export type Fault = 'lost-request' | 'lost-answer';

type Stored = Record<string, unknown>;

export interface MemoryTableSettings<Name extends string> {
  readonly key: readonly [Name, ...Name[]];
  /** The index by `kind`: its sort key, and what it holds beside its keys. */
  readonly index: { readonly sort: Name; readonly members: readonly string[] };
}

/** Behaves like DynamoDB's conditional writes of single items and its queries; every call can be made to fail. */
export class MemoryTable<Name extends string, Items extends object> implements Table<Name, Items> {
  /** By the values of the key's attributes, with a slash between. */
  readonly items = new Map<string, Stored>();
  readonly calls: Operation[] = [];
  fault: ((operation: Operation, key: string) => Fault | undefined) | undefined;
  /** Called before each write is applied: lets a test put another writer in between. */
  beforeWrite: ((key: string) => Promise<void> | void) | undefined;
  readonly #settings: MemoryTableSettings<Name>;

  constructor(settings: MemoryTableSettings<Name>) {
    this.#settings = settings;
  }

  async read<T extends Items>(key: Key<Name, T>): Promise<T | undefined> {
    const name = this.#nameOf(key);
    return this.#call('read', name, () => structuredClone(this.items.get(name)) as T | undefined);
  }

  async create(item: Items): Promise<boolean> {
    const name = this.#nameOf(item as Stored);
    await this.beforeWrite?.(name);
    return this.#call('create', name, () => {
      if (this.items.has(name)) return false;
      this.items.set(name, defined({ ...item }));
      return true;
    });
  }

  async change<T extends Items>(key: Key<Name, T>, expected: Partial<T>, set: Partial<T>): Promise<boolean> {
    const name = this.#nameOf(key);
    await this.beforeWrite?.(name);
    return this.#call('change', name, () => {
      const part = this.#settings.key.find((attribute) => attribute in set);
      if (part !== undefined)
        throw new Error(`Cannot update attribute ${part}. This attribute is part of the key`);
      const item = this.items.get(name);
      if (item === undefined) return false;
      const differs = Object.entries(expected).some(([member, value]) => item[member] !== value);
      if (differs) return false;
      this.items.set(name, defined({ ...item, ...set }));
      return true;
    });
  }

  readonly query: QueryTable<Items> = <T extends Items>(query: Query): Promise<Page<T>> => {
    const { index, partition, range, after, limit = Infinity } = query;
    const { key } = this.#settings;
    const sort = index === undefined ? (key[1] ?? key[0]) : this.#settings.index.sort;
    return this.#call(index === undefined ? 'read' : 'list', partition.value, () => {
      const text = (item: Stored): string => String(item[sort]);
      const isIn = (item: Stored): boolean =>
        item[partition.name] === partition.value &&
        (range === undefined || (text(item) >= range.first && text(item) <= range.last)) &&
        (after === undefined || text(item) > String(after[sort]));
      const found = [...this.items.values()].filter(isIn).sort((a, b) => (text(a) < text(b) ? -1 : 1));
      const items = structuredClone(found.slice(0, limit));
      const last = items.length === limit ? items.at(-1) : undefined;
      const members = query.members ?? (index === undefined ? undefined : this.#indexed());
      return {
        items: items.map((item) => (members === undefined ? item : only(item, members))) as T[],
        // DynamoDB says so as soon as a page is full, and not when it has looked for more.
        next:
          last && (only(last, [...key, ...(index === undefined ? [] : ['kind'])]) as Record<string, string>),
      };
    });
  };

  #indexed(): readonly string[] {
    return [...this.#settings.key, 'kind', ...this.#settings.index.members];
  }

  #nameOf(key: Readonly<Record<string, unknown>>): string {
    return this.#settings.key.map((attribute) => String(key[attribute])).join('/');
  }

  async #call<T>(operation: Operation, key: string, apply: () => T): Promise<T> {
    this.calls.push(operation);
    await Promise.resolve();
    const fault = this.fault?.(operation, key);
    if (fault === 'lost-request') throw new Error('lost request');
    const result = apply();
    if (fault === 'lost-answer') throw new Error('lost answer');
    return result;
  }
}

const only = (item: Stored, members: readonly string[]): Stored =>
  Object.fromEntries(Object.entries(item).filter(([name]) => members.includes(name)));

const defined = (item: object): Stored =>
  Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
