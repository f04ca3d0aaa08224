import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  messageItemKey,
  serverKey,
  type Item,
  type MessageItem,
  type ServerItem,
} from '../../../../../lambda/domain/mailbox/items.ts';
import {
  listServerItems,
  mailbox,
  MAILBOX_TABLE,
  type Mailbox,
  type MailboxQuery,
} from '../../../../../lambda/domain/mailbox/mailbox.ts';
import { dynamodbQuery } from '../../../../../lambda/platform/dynamodb/query.ts';
import { dynamodbTable } from '../../../../../lambda/platform/dynamodb/table.ts';
import { PRESEED_INDEX_ATTRIBUTES } from '../../../../../protocol/names.ts';
import { LocalDynamoDb } from '../../world/dynamodb.ts';
import { MemoryTable } from '../../world/memory-table.ts';

const serverItem = (server: string): ServerItem => ({
  ...serverKey(server),
  kind: 'server',
  for: 'web-1',
  state: 'registered',
  contested: false,
  by: 'ada',
  created: '2026-11-22T00:00:00Z',
  last: 2,
  instance: 'i-1',
  secret: 'AAAA',
});

const messageItem = (server: string, seq: number, body = 'BBBB'): MessageItem => ({
  ...messageItemKey(server, seq),
  id: `id-${String(seq)}`,
  seq,
  type: 'inithooks',
  state: 'published',
  bytes: 3,
  sent: '2026-11-22T00:00:00Z',
  by: 'ada',
  exp: 5,
  deliveries: 0,
  key: 'CCCC',
  body,
  ttl: 6,
});

const settings = {
  key: MAILBOX_TABLE.key,
  index: { sort: 'server', members: PRESEED_INDEX_ATTRIBUTES },
} as const;

interface Both {
  readonly table: Mailbox;
  readonly query: MailboxQuery;
}

let dynamodb: LocalDynamoDb;

beforeAll(async () => {
  dynamodb = await LocalDynamoDb.start();
  await dynamodb.createTable('preseed', settings);
});

afterAll(() => dynamodb.stop());

function inDynamoDb(): Both {
  const stored = { name: 'preseed', ...MAILBOX_TABLE };
  const query = dynamodbQuery<Item>(dynamodb.client, stored);
  return { table: mailbox(dynamodbTable(dynamodb.client, stored), query), query };
}

function inMemory(): Both {
  const table = new MemoryTable<'server' | 'item', Item>(settings);
  return { table: mailbox(table, table.query), query: table.query };
}

let count = 0;

// The table that the other tests run on must behave like production's: one suite for both.
describe.each<[string, () => Both]>([
  ['DynamoDB', inDynamoDb],
  ['memory', inMemory],
])('the table of preseeding in %s', (_, make) => {
  const fresh = (): [Mailbox, string] => {
    count += 1;
    return [make().table, `srv-${String(count).padStart(26, '0')}`];
  };

  it('gives back what was created, and does not create it twice', async () => {
    const [table, server] = fresh();
    expect(await table.create(serverItem(server))).toBe(true);
    expect(await table.create({ ...serverItem(server), for: 'other' })).toBe(false);
    expect(await table.server(server)).toEqual(serverItem(server));
    expect(await table.create(messageItem(server, 1))).toBe(true);
    expect(await table.create(messageItem(server, 1, 'other'))).toBe(false);
    expect(await table.message(server, 1)).toEqual(messageItem(server, 1));
    expect(await table.message(server, 2)).toBeUndefined();
  });

  it('lists messages in order, with bodies only in a page', async () => {
    const [table, server] = fresh();
    await table.create(serverItem(server));
    for (const seq of [12, 2, 1, 10]) await table.create(messageItem(server, seq));
    const { body: _body, ...summary } = messageItem(server, 1);
    expect(await table.summaries(server)).toEqual([
      summary,
      ...[2, 10, 12].map((seq) => ({
        ...summary,
        ...messageItemKey(server, seq),
        seq,
        id: `id-${String(seq)}`,
      })),
    ]);
    const page = await table.page(server, 1, 10);
    expect(page).toEqual({ items: [messageItem(server, 2), messageItem(server, 10)], more: false });
    expect(await table.page(server, 12, 12)).toEqual({ items: [], more: false });
    expect(await table.page(server, 999_999, 2)).toEqual({ items: [], more: false });
  });

  it('gives ten messages at a time, and says whether there are more', async () => {
    const [table, server] = fresh();
    for (let seq = 1; seq <= 21; seq += 1) await table.create(messageItem(server, seq));
    const sizes = [];
    for (const after of [0, 10, 20]) {
      const { items, more } = await table.page(server, after, 21);
      sizes.push([items.length, more]);
    }
    expect(sizes).toEqual([
      [10, true],
      [10, true],
      [1, false],
    ]);
    expect((await table.page(server, 0, 10)).more).toBe(false);
  });

  it('summarizes more than DynamoDB gives at once', async () => {
    const [table, server] = fresh();
    const body = 'x'.repeat(87_000);
    for (let seq = 1; seq <= 30; seq += 1) await table.create(messageItem(server, seq, body));
    expect(await table.summaries(server)).toHaveLength(30);
    expect((await table.page(server, 0, 30)).items).toHaveLength(10);
  });

  it('changes and removes members when all is as expected, and otherwise nothing', async () => {
    const [table, server] = fresh();
    await table.create(messageItem(server, 1));
    const key = messageItemKey(server, 1);
    const set = { state: 'applied' as const, body: undefined, key: undefined };
    expect(await table.change(key, { state: 'delivered' }, set)).toBe(false);
    expect(await table.change(key, { state: 'published', holder: 'x' }, set)).toBe(false);
    expect(await table.change(key, { state: 'published', holder: undefined }, set)).toBe(true);
    const { body: _body, key: _key, ...rest } = messageItem(server, 1);
    expect(await table.message(server, 1)).toEqual({ ...rest, state: 'applied' });
    expect(await table.change(messageItemKey(server, 2), {}, set)).toBe(false);
    expect(await table.message(server, 2)).toBeUndefined();
  });

  it('lets exactly one of many writers have a number', async () => {
    const [table, server] = fresh();
    const writers = Array.from({ length: 8 }, (_each, n) => table.create(messageItem(server, 1, String(n))));
    expect((await Promise.all(writers)).filter((won) => won)).toHaveLength(1);
  });

  it('lists servers in pages, without their messages and secrets', async () => {
    const { table, query } = make();
    const ids = ['a', 'b', 'c'].map((letter) => `srv-z${letter.repeat(25)}`);
    for (const id of ids) {
      await table.create(serverItem(id));
      await table.create(messageItem(id, 1));
    }
    const first = await listServerItems(query, serverKey('srv-z'), 2);
    expect(first.items.map(({ server, state }) => [server, state])).toEqual([
      [ids[0], 'registered'],
      [ids[1], 'registered'],
    ]);
    expect(first.items[0]).not.toHaveProperty('secret');
    const second = await listServerItems(query, serverKey(ids[1]!), 2);
    expect(second.items.map(({ server }) => server)).toEqual([ids[2]]);
  });
});

describe('when somebody has written what is never stored', () => {
  it('the item is read without it, and hides no other', async () => {
    const { table } = inDynamoDb();
    const server = `srv-${'9'.repeat(26)}`;
    const { server: partition, item } = messageItemKey(server, 1);
    const Item = {
      server: { S: partition },
      item: { S: item },
      state: { NULL: true },
      body: { B: new Uint8Array(3) },
    };
    await dynamodb.client.send(new PutItemCommand({ TableName: 'preseed', Item }));
    await table.create(messageItem(server, 2));
    expect((await table.page(server, 0, 2)).items).toEqual([{ server, item }, messageItem(server, 2)]);
  });
});
