import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { MAX_RECEIVED_MESSAGES } from '../../../protocol/preseed.ts';
import { fromAttributeValue, toItem, type Value } from '../../platform/dynamodb/attribute-values.ts';
import { conditional, update } from '../../platform/dynamodb/conditional-write.ts';
import { messageItemKey, seqOf, serverKey, type Item, type Key, type MessageItem } from './items.ts';
import type { Mailbox } from './ports.ts';

/** As many as an answer holds: each has a body of up to 88 KB. */
const PAGE = MAX_RECEIVED_MESSAGES;
/** What a summary holds: everything but `body`. */
const SUMMARY = [
  ...['server', 'item', 'id', 'seq', 'type', 'state', 'reason', 'bytes', 'sent', 'by', 'exp', 'deliveries'],
  ...['key', 'holder', 'lease', 'ttl'],
];

/**
 * Needs `dynamodb:GetItem`, `PutItem`, `UpdateItem` and `Query` on the table itself, in both Lambdas; nothing is ever
 * deleted but by `ttl`.
 */
export function dynamodbMailbox(client: DynamoDBClient, TableName: string): Mailbox {
  const read = async <T extends Item>({ server, item }: Key<T>): Promise<T | undefined> => {
    const input = { TableName, Key: toItem({ server, item }), ConsistentRead: true };
    const { Item: found } = await client.send(new GetItemCommand(input));
    return found === undefined ? undefined : readable<T>(found);
  };
  const query = (server: string, after: number, last: number): QueryCommandInput => ({
    TableName,
    ConsistentRead: true,
    KeyConditionExpression: '#server = :server AND #item BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#server': 'server', '#item': 'item' },
    ExpressionAttributeValues: {
      ':server': { S: server },
      ':first': { S: messageItemKey(server, after + 1).item },
      ':last': { S: messageItemKey(server, last).item },
    },
  });
  return {
    server: (server) => read(serverKey(server)),
    message: (server, seq) => read(messageItemKey(server, seq)),
    async summaries(server) {
      const found: MessageItem[] = [];
      const names = Object.fromEntries(SUMMARY.map((name) => [`#${name}`, name]));
      const input = { ...query(server, 0, 999_999), ExpressionAttributeNames: names };
      const ProjectionExpression = Object.keys(names).join(', ');
      let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
      do {
        const page = { ...input, ProjectionExpression, ...(ExclusiveStartKey && { ExclusiveStartKey }) };
        const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(page));
        found.push(...Items.map((item) => readable<MessageItem>(item)));
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return found;
    },
    async page(server, after, last) {
      if (after >= last) return { items: [], more: false };
      const input = { ...query(server, after, last), Limit: PAGE };
      const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(input));
      const items = Items.map((item) => readable<MessageItem>(item));
      // A page that is just full has a key to go on from, even if nothing comes after it.
      const end = items.at(-1);
      return { items, more: LastEvaluatedKey !== undefined && end !== undefined && seqOf(end) < last };
    },
    create(item) {
      const ConditionExpression = 'attribute_not_exists(#server)';
      const ExpressionAttributeNames = { '#server': 'server' };
      const input = { TableName, Item: toItem(item), ConditionExpression, ExpressionAttributeNames };
      return conditional(() => client.send(new PutItemCommand(input)));
    },
    change({ server, item }, expected, set) {
      const input = { TableName, Key: toItem({ server, item }), ...update('server', expected, set) };
      return conditional(() => client.send(new UpdateItemCommand(input)));
    },
  };
}

/** Leaves out members of a type that is never stored: one item that was tampered with must not hide the others. */
export function readable<T extends Item>(item: Record<string, AttributeValue>): T {
  const members: Record<string, Value> = {};
  for (const [name, value] of Object.entries(item)) {
    try {
      members[name] = fromAttributeValue(value);
    } catch {
      continue;
    }
  }
  return members as unknown as T;
}
