import type { Item, Key, RequestItem, VolumeItem } from '../../../../lambda/domain/volumes/items.ts';
import type { OperatorTable, Page } from '../../../../lambda/operator/core/ports.ts';

export type Operation = 'read' | 'create' | 'change' | 'list';

/** What goes wrong with a call: it never arrives, or it does and the answer is lost. */
export type Fault = 'lost-request' | 'lost-answer';

/** Behaves like DynamoDB's conditional writes of single items; every call can be made to fail. */
export class MemoryTable implements OperatorTable {
  readonly items = new Map<string, Record<string, unknown>>();
  readonly calls: Operation[] = [];
  fault: ((operation: Operation, key: string) => Fault | undefined) | undefined;
  /** Called before each write is applied: lets a test put another writer in between. */
  beforeWrite: ((key: string) => Promise<void> | void) | undefined;

  async read<T extends Item>(key: Key<T>): Promise<T | undefined> {
    return this.#call('read', key, () => {
      const item = this.items.get(key);
      return item === undefined ? undefined : (structuredClone(item) as unknown as T);
    });
  }

  async create(item: Item): Promise<boolean> {
    await this.beforeWrite?.(item.pk);
    return this.#call('create', item.pk, () => {
      if (this.items.has(item.pk)) return false;
      this.items.set(item.pk, defined({ ...item }));
      return true;
    });
  }

  async change<T extends Item>(key: Key<T>, expected: Partial<T>, set: Partial<T>): Promise<boolean> {
    await this.beforeWrite?.(key);
    return this.#call('change', key, () => {
      if ('pk' in set)
        throw new Error('ValidationException: Cannot update attribute pk. This attribute is part of the key');
      const item = this.items.get(key);
      if (item === undefined) return false;
      const differs = Object.entries(expected).some(([name, value]) => item[name] !== value);
      if (differs) return false;
      this.items.set(key, defined({ ...item, ...set }));
      return true;
    });
  }

  async list<K extends 'volume' | 'request'>(
    kind: K,
    after: string | undefined,
    limit: number,
  ): Promise<Page<{ volume: VolumeItem; request: RequestItem }[K]>> {
    return this.#call('list', kind, () => {
      const all = [...this.items.values()].filter((item) => item['kind'] === kind);
      const later = all.filter((item) => after === undefined || String(item['pk']) > after);
      const sorted = later.sort((a, b) => (String(a['pk']) < String(b['pk']) ? -1 : 1));
      const items = sorted.slice(0, limit);
      const next = sorted.length > limit ? String(items.at(-1)?.['pk']) : undefined;
      return { items: structuredClone(items) as never, next };
    });
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

function defined(item: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
