import type { Table } from '../../domain/volumes/ports.ts';
import type { EncryptionContext } from '../../platform/ports.ts';
import type { Item, RequestItem, VolumeItem } from '../../domain/volumes/items.ts';

/** Moves a sealed key to another context inside KMS: the operator's function never sees it in clear. */
export type Reseal = (sealed: Uint8Array, from: EncryptionContext, to: EncryptionContext) => Promise<Buffer>;

interface Kinds {
  readonly volume: VolumeItem;
  readonly request: RequestItem;
}

export interface Page<T extends Item> {
  readonly items: readonly T[];
  /** `pk` to go on after. */
  readonly next?: string | undefined;
}

/** The table, and its index by kind. The index is eventually consistent and holds only the summary. */
export interface OperatorTable extends Table {
  list<K extends keyof Kinds>(kind: K, after: string | undefined, limit: number): Promise<Page<Kinds[K]>>;
}

/** `aws:userid` of who launched an instance, as the tag says; undefined when nothing is known. */
export type LauncherOf = (instance: string) => Promise<string | undefined>;
