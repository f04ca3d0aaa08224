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

/** What the encryption context of a sealed key says; it is in CloudTrail in clear. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** Seconds since the epoch. */
export type Clock = () => number;

/** Cryptographically secure. */
export interface Random {
  bytes(length: number): Buffer;
  uuid(): string;
}

/** One line of the audit log. Identifiers and decisions only: nothing secret can be put in here. */
export interface AuditRecord {
  readonly request: string;
  readonly action: string;
  readonly decision: string;
  readonly reason?: string | undefined;
  readonly instance?: string | undefined;
  readonly volume?: string | undefined;
  readonly luks?: string | undefined;
  readonly address?: string | undefined;
  readonly vpce?: string | undefined;
  readonly boot?: string | undefined;
  readonly role?: string | undefined;
  /** Id of the request that waits for approval. */
  readonly pending?: string | undefined;
  readonly by?: string | undefined;
  readonly field?: string | undefined;
  /** Preseeding: which server, and which of its messages. */
  readonly server?: string | undefined;
  readonly seq?: number | undefined;
  /** How many messages were handed out. */
  readonly count?: number | undefined;
  /** Somebody is asking for what is not theirs, or has changed what is stored: a metric filter counts these. */
  readonly alarm?: true | undefined;
}

export type Audit = (record: AuditRecord) => void;
