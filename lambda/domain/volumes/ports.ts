import type { Item, Key } from './items.ts';

/** The table. Reads are consistent; every write is one conditional write of one item. */
export interface Table {
  read<T extends Item>(key: Key<T>): Promise<T | undefined>;
  /** @returns false when there is an item of that key already; it is left as it is. */
  create(item: Item): Promise<boolean>;
  /**
   * Compare and set. A member that is `undefined` must be absent (in `expected`) or is removed (in `set`). `set` must
   * not hold `pk`: DynamoDB refuses to write a key, even to what it is.
   *
   * @returns false when the item is gone or differs from `expected`. That can be one's own write whose answer
   *   was lost, so a caller reads again and goes by what is stored.
   */
  change<T extends Item>(key: Key<T>, expected: Partial<T>, set: Partial<T>): Promise<boolean>;
}
