import type { MessageState, ServerState } from '../../../protocol/server.ts';
import type { RejectReason } from '../../../protocol/preseed.ts';
import type * as table from '../../platform/ports/table.ts';

/** `server` is the partition, `item` sorts in it. */
export type Key<T extends Item> = table.Key<'server' | 'item', T>;

/** The item `server` of a server. Binary is base64url, times are ISO 8601 in UTC unless said otherwise. */
export interface ServerItem {
  readonly server: string;
  readonly item: string;
  /** Puts servers, and nothing else, into the index. */
  readonly kind: 'server';
  readonly for: string;
  readonly state: ServerState;
  readonly contested: boolean;
  readonly by: string;
  readonly created: string;
  /** Messages up to this number are published; one above it is being written, or its sender failed. */
  readonly last: number;
  readonly instance?: string | undefined;
  readonly address?: string | undefined;
  /** RFC 7638 thumbprint of the key that registered. */
  readonly key?: string | undefined;
  /** Sealed by KMS. */
  readonly secret?: string | undefined;
  /** Ties instance, address and key to the secret: an attacker who can only write to the table cannot forge it. */
  readonly binding?: string | undefined;
  /** SHA-256. */
  readonly subkey?: string | undefined;
  readonly registered?: string | undefined;
  /** End of the time in which the same instance and key get the same answer again; seconds since the epoch. */
  readonly repeatable?: number | undefined;
  readonly finished?: string | undefined;
  /** JSON of the latest report. */
  readonly hooks?: string | undefined;
  readonly hostKeys?: string | undefined;
  /** ARN of the person who decided last on a contest or withdrew it, and what they said. */
  readonly decider?: string | undefined;
  readonly reason?: string | undefined;
  /** Seconds since the epoch. */
  readonly ttl?: number | undefined;
}

/** The item `message#NNNNNN` of a message. Without `body` and `key` it records only that there was one. */
export interface MessageItem {
  readonly server: string;
  readonly item: string;
  /** UUID that its sender drew. */
  readonly id: string;
  readonly seq: number;
  readonly type: string;
  readonly state: MessageState;
  readonly reason?: RejectReason | undefined;
  /** UTF-8 bytes of the plaintext. */
  readonly bytes: number;
  readonly sent: string;
  readonly by: string;
  /** Seconds since the epoch. */
  readonly exp: number;
  readonly deliveries: number;
  /** IV, ciphertext and tag, under `key`. */
  readonly body?: string | undefined;
  /** Data key, sealed by KMS. */
  readonly key?: string | undefined;
  /**
   * Registration that it was handed to (thumbprint), and time until which no other gets it (seconds since the epoch).
   */
  readonly holder?: string | undefined;
  readonly lease?: number | undefined;
  /** Seconds since the epoch. */
  readonly ttl: number;
}

export type Item = ServerItem | MessageItem;

const SERVER = 'server';
const MESSAGE = 'message#';

export const serverKey = (server: string): Key<ServerItem> => ({ server, item: SERVER });

export const messageItemKey = (server: string, seq: number): Key<MessageItem> => ({
  server,
  item: `${MESSAGE}${String(seq).padStart(6, '0')}`,
});

/** Reads the number from an item's key: the member beside it may have been changed. */
export const seqOf = ({ item }: Pick<MessageItem, 'item'>): number => Number(item.slice(MESSAGE.length));
