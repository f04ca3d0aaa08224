import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { MemoryTableSettings } from './memory-table.ts';

/** A DynamoDB in this process, for tests that what is in memory must agree with. */
export class LocalDynamoDb {
  readonly client: DynamoDBClient;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
    this.client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
  }

  static async start(): Promise<LocalDynamoDb> {
    const server: Server = dynalite({ createTableMs: 0 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LocalDynamoDb(server);
  }

  /** A table of that name, with its index `kind-index`, as the stack makes it. */
  async createTable(TableName: string, { key, index }: MemoryTableSettings<string>): Promise<void> {
    const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
    const part = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });
    await this.client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [...key, 'kind'].map(text),
        KeySchema: key.map((name, n) => part(name, n === 0 ? 'HASH' : 'RANGE')),
        GlobalSecondaryIndexes: [
          {
            IndexName: 'kind-index',
            KeySchema: [part('kind', 'HASH'), part(index.sort, 'RANGE')],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.members] },
          },
        ],
      }),
    );
    for (let status; status !== 'ACTIVE';) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      status = (await this.client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
    }
  }

  stop(): void {
    this.client.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
