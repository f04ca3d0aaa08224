/** A key of the table: its attributes by name, all of them text. */
export type Key<Name extends string, Item> = Readonly<Record<Name, string>> & {
  /** Tells the compiler which item lies behind the key; absent at run time. */
  readonly is?: Item;
};

/**
 * Items of one table. Reads are consistent; every write is one conditional write of one item.
 *
 * @typeParam Name of the key's attributes.
 */
export interface Table<Name extends string, Items extends object> {
  read<T extends Items>(key: Key<Name, T>): Promise<T | undefined>;
  /** @returns false when there is an item of that key already; it is left as it is. */
  create(item: Items): Promise<boolean>;
  /**
   * Compare and set. A member that is `undefined` must be absent (in `expected`) or is removed (in `set`). `set` must
   * not hold an attribute of the key: DynamoDB refuses to write one, even to what it is.
   *
   * @returns false when the item is gone or differs from `expected`. That can be one's own write whose answer
   *   was lost, so a caller reads again and goes by what is stored.
   */
  change<T extends Items>(key: Key<Name, T>, expected: Partial<T>, set: Partial<T>): Promise<boolean>;
}

/** Items of one partition, of the table or of an index of it. */
export interface Query {
  /** An index is eventually consistent and holds only some members; the table is consistent. */
  readonly index?: string;
  readonly partition: { readonly name: string; readonly value: string };
  /** Bounds of the sort key, both included. */
  readonly range?: { readonly name: string; readonly first: string; readonly last: string };
  /** Members to read; all of them by default. */
  readonly members?: readonly string[];
  /** Greatest number of items; DynamoDB also stops at 1 MB. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: StartKey | undefined;
}

/** Every attribute of the table's key, and of the index's. */
export type StartKey = Readonly<Record<string, string>>;

export interface Page<T> {
  readonly items: readonly T[];
  /** Start of the page after; DynamoDB gives it whenever a page is full, even if nothing comes after. */
  readonly next?: StartKey | undefined;
}

/** One page of the items that match, sorted. */
export type QueryTable<Items extends object> = <T extends Items>(query: Query) => Promise<Page<T>>;
