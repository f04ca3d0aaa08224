import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import type { Item, Key } from '../core/items.ts';
import type { Table } from '../core/ports.ts';
import { fromItem, toAttributeValue, toItem, type Value } from './attribute-values.ts';
import { isNamed, SDK_OPTIONS } from './sdk.ts';

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
      const input = { TableName: tableName, Key: { pk: { S: key } }, ...expressions(expected, set) };
      return conditional(() => client.send(new UpdateItemCommand(input)));
    },
  };
}

async function conditional(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}

/** Every name goes in as a placeholder: `state` and others are reserved words of DynamoDB. */
function expressions(expected: object, set: object) {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  // An UpdateItem of a missing key would create it.
  const conditions = ['attribute_exists(pk)'];
  const sets: string[] = [];
  const removes: string[] = [];
  const place = (prefix: string, name: string, value: Value): string => {
    values[`:${prefix}_${name}`] = toAttributeValue(value);
    return `:${prefix}_${name}`;
  };
  for (const [name, value] of Object.entries(expected) as [string, Value | undefined][]) {
    names[`#${name}`] = name;
    const absent = value === undefined;
    conditions.push(absent ? `attribute_not_exists(#${name})` : `#${name} = ${place('e', name, value)}`);
  }
  for (const [name, value] of Object.entries(set) as [string, Value | undefined][]) {
    names[`#${name}`] = name;
    if (value === undefined) removes.push(`#${name}`);
    else sets.push(`#${name} = ${place('s', name, value)}`);
  }
  const clauses = [
    sets.length > 0 ? `SET ${sets.join(', ')}` : '',
    removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '',
  ];
  return {
    ConditionExpression: conditions.join(' AND '),
    UpdateExpression: clauses.filter((clause) => clause !== '').join(' '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}
