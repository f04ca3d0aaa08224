import type { EncryptionContext } from '../../platform/ports.ts';
import type { Item, Key, MessageItem, ServerItem } from './items.ts';

/** The table. Reads are consistent; every write is one conditional write of one item. */
export interface Mailbox {
  server(server: string): Promise<ServerItem | undefined>;
  message(server: string, seq: number): Promise<MessageItem | undefined>;
  /** All messages of a server in order, without `body`. */
  summaries(server: string): Promise<readonly MessageItem[]>;
  /** The next messages above `after`, up to `last`, whole and in order; as many as one call brings. */
  page(server: string, after: number, last: number): Promise<Page>;
  /** @returns false when there is an item of that key already; it is left as it is. */
  create(item: Item): Promise<boolean>;
  /**
   * Compare and set, as the volumes' table does it. A false answer can be one's own write whose answer was lost, so a
   * caller reads again and goes by what is stored.
   */
  change<T extends Item>(key: Key<T>, expected: Partial<T>, set: Partial<T>): Promise<boolean>;
}

export interface Page {
  readonly items: readonly MessageItem[];
  /** Whether there are later ones. */
  readonly more: boolean;
}

/** Draws 32-byte keys under preseed's KMS key. */
export type DrawKey = (context: EncryptionContext) => Promise<{ plaintext: Buffer; sealed: Buffer }>;

/** @returns undefined when preseed's key never sealed that under this context. */
export type OpenKey = (sealed: Uint8Array, context: EncryptionContext) => Promise<Buffer | undefined>;
