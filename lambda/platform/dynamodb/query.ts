import { QueryCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Query, QueryTable, StartKey } from '../ports/table.ts';
import { fromItem, toItem, type ForeignTypes } from './attribute-values.ts';

/** Needs `dynamodb:Query` on the table, or on the index that a query names. */
export function dynamodbQuery<Items extends object>(
  client: DynamoDBClient,
  { name: TableName, foreign }: { readonly name: string; readonly foreign: ForeignTypes },
): QueryTable<Items> {
  return async <T extends Items>(query: Query) => {
    const { index, limit, after } = query;
    const input = {
      TableName,
      ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
      ...expressions(query),
      ...(limit !== undefined && { Limit: limit }),
      ...(after !== undefined && { ExclusiveStartKey: toItem(after) }),
    };
    const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(input));
    const next = LastEvaluatedKey === undefined ? undefined : startKey(LastEvaluatedKey);
    return { items: Items.map((item) => fromItem<T>(item, foreign)), next };
  };
}

/** Every name goes in as a placeholder: `state` and others are reserved words of DynamoDB. */
function expressions({ partition, range, members }: Query) {
  const conditions = ['#partition = :partition'];
  const names: Record<string, string> = { '#partition': partition.name };
  const values: Record<string, AttributeValue> = { ':partition': { S: partition.value } };
  if (range !== undefined) {
    conditions.push('#range BETWEEN :first AND :last');
    names['#range'] = range.name;
    values[':first'] = { S: range.first };
    values[':last'] = { S: range.last };
  }
  for (const member of members ?? []) names[`#m_${member}`] = member;
  return {
    KeyConditionExpression: conditions.join(' AND '),
    ...(members !== undefined && { ProjectionExpression: members.map((name) => `#m_${name}`).join(', ') }),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

const startKey = (key: Record<string, AttributeValue>): StartKey =>
  Object.fromEntries(Object.entries(key).map(([name, value]) => [name, value.S ?? '']));
