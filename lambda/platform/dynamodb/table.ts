import {
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Table } from '../ports/table.ts';
import { fromItem, toItem, type ForeignTypes } from './attribute-values.ts';
import { conditional, update } from './conditional-write.ts';

export interface TableSettings<Name extends string> {
  readonly name: string;
  /** Attributes of the key, the partition's first. */
  readonly key: readonly [Name, ...Name[]];
  readonly foreign: ForeignTypes;
}

/** Needs `dynamodb:GetItem`, `PutItem` and `UpdateItem` on the table. */
export function dynamodbTable<Name extends string, Items extends object>(
  client: DynamoDBClient,
  { name: TableName, key: names, foreign }: TableSettings<Name>,
): Table<Name, Items> {
  const [partition] = names;
  const keyOf = (key: Readonly<Record<Name, string>>) => ({
    TableName,
    Key: toItem(Object.fromEntries(names.map((name) => [name, key[name]]))),
  });
  return {
    async read<T extends Items>(key: Readonly<Record<Name, string>>) {
      const { Item } = await client.send(new GetItemCommand({ ...keyOf(key), ConsistentRead: true }));
      return Item === undefined ? undefined : fromItem<T>(Item, foreign);
    },
    create(item) {
      const ConditionExpression = 'attribute_not_exists(#partition)';
      const ExpressionAttributeNames = { '#partition': partition };
      const input = { TableName, Item: toItem(item), ConditionExpression, ExpressionAttributeNames };
      return conditional(() => client.send(new PutItemCommand(input)));
    },
    change(key, expected, set) {
      const input = { ...keyOf(key), ...update(partition, expected, set) };
      return conditional(() => client.send(new UpdateItemCommand(input)));
    },
  };
}
