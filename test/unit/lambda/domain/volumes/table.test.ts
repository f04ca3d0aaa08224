import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  requestKey,
  volumeKey,
  type Item,
  type RequestItem,
  type VolumeItem,
} from '../../../../../lambda/domain/volumes/items.ts';
import {
  listOfKind,
  VOLUME_TABLE,
  type VolumeQuery,
  type VolumeTable,
} from '../../../../../lambda/domain/volumes/table.ts';
import { dynamodbQuery } from '../../../../../lambda/platform/dynamodb/query.ts';
import { dynamodbTable } from '../../../../../lambda/platform/dynamodb/table.ts';
import { TABLE_INDEX_ATTRIBUTES } from '../../../../../protocol/names.ts';
import { LocalDynamoDb } from '../../world/dynamodb.ts';
import { MemoryTable } from '../../world/memory-table.ts';

const volume = (luks: string): VolumeItem => ({
  ...volumeKey(luks),
  kind: 'volume',
  luks,
  volume: 'root',
  instance: 'i-1',
  address: '10.0.0.1',
  image: 'ami-1',
  state: 'active',
  created: '2026-11-22T00:00:00Z',
  updated: '2026-11-22T00:00:00Z',
  sealed: 'AAAA',
  recoverable: true,
  current: 'c',
  next: 'n',
  retired: ['a', 'b'],
});

const request: RequestItem = {
  ...requestKey('1'),
  kind: 'request',
  id: '1',
  pending: 'moved',
  decision: 'pending',
  instance: 'i-1',
  volume: 'root',
  address: '10.0.0.1',
  image: 'ami-1',
  key: 'k',
  first: '2026-11-22T00:00:00Z',
  last: 5,
  ttl: 6,
};

const settings = { key: VOLUME_TABLE.key, index: { sort: 'pk', members: TABLE_INDEX_ATTRIBUTES } } as const;

interface Both {
  readonly table: VolumeTable;
  readonly query: VolumeQuery;
}

let dynamodb: LocalDynamoDb;

beforeAll(async () => {
  dynamodb = await LocalDynamoDb.start();
  await dynamodb.createTable('sealroot', settings);
});

afterAll(() => dynamodb.stop());

const stored = { name: 'sealroot', ...VOLUME_TABLE };
const inDynamoDb = (): Both => ({
  table: dynamodbTable(dynamodb.client, stored),
  query: dynamodbQuery(dynamodb.client, stored),
});
const inMemory = (): Both => {
  const table = new MemoryTable<'pk', Item>(settings);
  return { table, query: table.query };
};

let count = 0;

// The table that the other tests run on must behave like production's: one suite for both.
describe.each<[string, () => Both]>([
  ['DynamoDB', inDynamoDb],
  ['memory', inMemory],
])('the table in %s', (_, make) => {
  const fresh = (): [VolumeTable, VolumeItem] => {
    count += 1;
    return [make().table, volume(`v${String(count)}`)];
  };

  it('gives back what was created, members of every type', async () => {
    const [table, item] = fresh();
    expect(await table.create(item)).toBe(true);
    expect(await table.read(volumeKey(item.luks))).toEqual(item);
    await table.create(request);
    expect(await table.read(requestKey('1'))).toEqual(request);
  });

  it('does not create twice, and leaves the first as it was', async () => {
    const [table, item] = fresh();
    await table.create(item);
    expect(await table.create({ ...item, state: 'revoked' })).toBe(false);
    expect(await table.read(volumeKey(item.luks))).toEqual(item);
  });

  it('changes and removes members when all is as expected', async () => {
    const [table, item] = fresh();
    await table.create(item);
    const expected = { state: item.state, current: 'c', header: undefined };
    const set = { state: 'revoked' as const, next: undefined, retired: [], header: 'h', recoverable: false };
    expect(await table.change(volumeKey(item.luks), expected, set)).toBe(true);
    const { next: _next, ...rest } = item;
    expect(await table.read(volumeKey(item.luks))).toEqual({ ...rest, ...set, next: undefined });
  });

  it.each([{ current: 'x' }, { current: undefined }, { header: 'h' }])(
    'changes nothing when it is not as %j says',
    async (expected) => {
      const [table, item] = fresh();
      await table.create(item);
      expect(await table.change(volumeKey(item.luks), expected, { current: 'y' })).toBe(false);
      expect(await table.read(volumeKey(item.luks))).toEqual(item);
    },
  );

  it('refuses to write a key, even to what it is', async () => {
    const [table, item] = fresh();
    await table.create(item);
    await expect(table.change(volumeKey(item.luks), {}, { pk: item.pk })).rejects.toThrow('attribute pk');
  });

  it('does not bring an item into being by a change', async () => {
    const [table, item] = fresh();
    expect(await table.change(volumeKey(item.luks), { header: undefined }, { header: 'h' })).toBe(false);
    expect(await table.read(volumeKey(item.luks))).toBeUndefined();
  });

  it('lets exactly one of many writers win', async () => {
    const [table, item] = fresh();
    await table.create(item);
    const writers = Array.from({ length: 8 }, (_each, n) =>
      table.change(volumeKey(item.luks), { current: 'c' }, { current: `c${String(n)}` }),
    );
    expect((await Promise.all(writers)).filter((won) => won)).toHaveLength(1);
  });

  it('lists by kind, in pages, with what a list shows', async () => {
    const { table, query } = make();
    for (const name of ['z1', 'z2', 'z3']) await table.create(volume(name));
    const first = await listOfKind(query, 'volume', volumeKey('z'), 2);
    expect(first.items.map(({ luks, state }) => [luks, state])).toEqual([
      ['z1', 'active'],
      ['z2', 'active'],
    ]);
    expect(first.items[0]).not.toHaveProperty('sealed');
    expect(first.next).toEqual({ kind: 'volume', ...volumeKey('z2') });
    const second = await listOfKind(query, 'volume', volumeKey('z2'), 2);
    expect(second.items.map(({ luks }) => luks)).toEqual(['z3']);
    expect(second.next).toBeUndefined();
  });
});

describe('when DynamoDB does not answer', () => {
  it('fails within the time of its attempts', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
    const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
    const requestHandler = { requestTimeout: 100, throwOnRequestTimeout: true };
    const client = new DynamoDBClient({
      endpoint,
      region: 'eu-west-1',
      credentials,
      maxAttempts: 2,
      requestHandler,
    });
    await expect(dynamodbTable(client, stored).read(volumeKey('v'))).rejects.toThrow(/time/i);
    client.destroy();
    silent.closeAllConnections();
    silent.close();
  });
});

describe('when somebody has written what is never stored', () => {
  it('nothing is decided by the item', async () => {
    const Item = { pk: { S: 'volume#foreign' }, state: { NULL: true } };
    await dynamodb.client.send(new PutItemCommand({ TableName: 'sealroot', Item }));
    await expect(inDynamoDb().table.read(volumeKey('foreign'))).rejects.toThrow(/never stored: state/);
  });
});
