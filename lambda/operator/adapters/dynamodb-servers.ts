import { QueryCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PRESEED_INDEX } from '../../../protocol/names.ts';
import { dynamodbMailbox, readable } from '../../domain/mailbox/dynamodb-mailbox.ts';
import { serverKey, type ServerItem } from '../../domain/mailbox/items.ts';
import type { ServerMailbox } from '../core/server-deps.ts';

/**
 * Needs `dynamodb:Query` on the index, beside what the mailbox needs on the table, and `kms:GenerateDataKey` with
 * `purpose` `preseed-message`: the operator's Lambda can publish messages, and open none.
 */
export function dynamodbServers(client: DynamoDBClient, tableName: string): ServerMailbox {
  return {
    ...dynamodbMailbox(client, tableName),
    async servers(after, limit) {
      const start = after === undefined ? undefined : { ...text(serverKey(after)), kind: { S: 'server' } };
      const input = {
        TableName: tableName,
        IndexName: PRESEED_INDEX,
        KeyConditionExpression: '#kind = :kind',
        ExpressionAttributeNames: { '#kind': 'kind' },
        ExpressionAttributeValues: { ':kind': { S: 'server' } },
        Limit: limit,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      };
      const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(input));
      const items = Items.map((item) => readable<ServerItem>(item));
      return { items, next: LastEvaluatedKey?.['server']?.S };
    },
  };
}

const text = ({ server, item }: { server: string; item: string }) => ({
  server: { S: server },
  item: { S: item },
});
