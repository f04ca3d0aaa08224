import { QueryCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TABLE_INDEX } from '../../../protocol/names.ts';
import { fromItem } from '../../platform/dynamodb/attribute-values.ts';
import { dynamodbTable } from '../../domain/volumes/dynamodb-table.ts';
import type { OperatorTable } from '../core/ports.ts';

export function operatorTable(client: DynamoDBClient, tableName: string): OperatorTable {
  return {
    ...dynamodbTable(client, tableName),
    async list(kind, after, limit) {
      const input = {
        TableName: tableName,
        IndexName: TABLE_INDEX,
        KeyConditionExpression: '#kind = :kind',
        ExpressionAttributeNames: { '#kind': 'kind' },
        ExpressionAttributeValues: { ':kind': { S: kind } },
        Limit: limit,
        ...(after === undefined ? {} : { ExclusiveStartKey: { kind: { S: kind }, pk: { S: after } } }),
      };
      const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(input));
      return { items: Items.map((item) => fromItem(item) as never), next: LastEvaluatedKey?.['pk']?.S };
    },
  };
}
