import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { operatorTable } from '../../../../../lambda/operator/adapters/dynamodb-list.ts';
import type { OperatorTable } from '../../../../../lambda/operator/core/ports.ts';
import {
  requestKey,
  volumeKey,
  type RequestItem,
  type VolumeItem,
} from '../../../../../lambda/domain/volumes/items.ts';
import { TABLE_INDEX, TABLE_INDEX_ATTRIBUTES } from '../../../../../protocol/names.ts';
import { MemoryTable } from '../../world/memory-table.ts';

const volume = (luks: string): VolumeItem => ({
  pk: volumeKey(luks),
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
  pk: requestKey('1'),
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

let server: Server;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  dynamodb = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
  const input = {
    TableName: 'sealroot',
    BillingMode: 'PAY_PER_REQUEST' as const,
    AttributeDefinitions: [text('pk'), text('kind')],
    KeySchema: [key('pk', 'HASH')],
    GlobalSecondaryIndexes: [
      {
        IndexName: TABLE_INDEX,
        KeySchema: [key('kind', 'HASH'), key('pk', 'RANGE')],
        Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...TABLE_INDEX_ATTRIBUTES] },
      },
    ],
  };
  await dynamodb.send(new CreateTableCommand(input));
  for (let status; status !== 'ACTIVE';) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    status = (await dynamodb.send(new DescribeTableCommand({ TableName: 'sealroot' }))).Table?.TableStatus;
  }
});

afterAll(() => {
  dynamodb.destroy();
  server.closeAllConnections();
  server.close();
});

let count = 0;

// What the other tests run on must behave like what production runs on: one suite for both.
describe.each<[string, () => OperatorTable]>([
  ['DynamoDB', () => operatorTable(dynamodb, 'sealroot')],
  ['memory', () => new MemoryTable()],
])('the table in %s', (_, make) => {
  const fresh = (): [OperatorTable, VolumeItem] => {
    count += 1;
    return [make(), volume(`v${String(count)}`)];
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
    const table = make();
    for (const name of ['z1', 'z2', 'z3']) await table.create(volume(name));
    const first = await table.list('volume', volumeKey('z'), 2);
    expect(first.items.map(({ luks, state }) => [luks, state])).toEqual([
      ['z1', 'active'],
      ['z2', 'active'],
    ]);
    const second = await table.list('volume', first.next, 2);
    expect(second.items.map(({ luks }) => luks)).toEqual(['z3']);
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
    await expect(operatorTable(client, 'sealroot').read(volumeKey('v'))).rejects.toThrow(/time/i);
    client.destroy();
    silent.closeAllConnections();
    silent.close();
  });
});
