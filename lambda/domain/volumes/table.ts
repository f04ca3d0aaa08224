import { TABLE_INDEX } from '../../../protocol/names.ts';
import type { Page, QueryTable, Table } from '../../platform/ports/table.ts';
import type { Item, Key, RequestItem, VolumeItem } from './items.ts';

/** The table of volumes, of claims to them, and of requests that wait. */
export type VolumeTable = Table<'pk', Item>;

export type VolumeQuery = QueryTable<Item>;

/**
 * Refuses an item with a member of a type that is never stored: another writer made it, and nothing is decided by it.
 */
export const VOLUME_TABLE = { key: ['pk'], foreign: 'refuse' } as const;

interface Kinds {
  readonly volume: VolumeItem;
  readonly request: RequestItem;
}

/** Lists items of one kind from the index: eventually consistent, and with the summary only. */
export const listOfKind = <Kind extends keyof Kinds>(
  query: VolumeQuery,
  kind: Kind,
  after: Key<Kinds[Kind]> | undefined,
  limit: number,
): Promise<Page<Kinds[Kind]>> =>
  query({
    index: TABLE_INDEX,
    partition: { name: 'kind', value: kind },
    after: after && { kind, pk: after.pk },
    limit,
  });
