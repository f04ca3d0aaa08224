import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item, Key } from './items.ts';
import type { Table } from './ports.ts';
import { fromItem, toItem } from '../../platform/dynamodb/attribute-values.ts';
import { conditional, update } from '../../platform/dynamodb/conditional-write.ts';
import { SDK_OPTIONS } from '../../platform/sdk.ts';

export const dynamodbClient = (): DynamoDBClient => new DynamoDBClient(SDK_OPTIONS);

export function dynamodbTable(client: DynamoDBClient, tableName: string): Table {
  return {
    async read<T extends Item>(key: Key<T>) {
      const input = { TableName: tableName, Key: { pk: { S: key } }, ConsistentRead: true };
      const { Item: item } = await client.send(new GetItemCommand(input));
      return item === undefined ? undefined : (fromItem(item) as unknown as T);
    },
    create(item) {
      const condition = 'attribute_not_exists(pk)';
      const input = { TableName: tableName, Item: toItem(item), ConditionExpression: condition };
      return conditional(() => client.send(new PutItemCommand(input)));
    },
    change(key, expected, set) {
      const input = { TableName: tableName, Key: { pk: { S: key } }, ...update('pk', expected, set) };
      return conditional(() => client.send(new UpdateItemCommand(input)));
    },
  };
}
