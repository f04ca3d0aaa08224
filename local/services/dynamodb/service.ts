import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import dynalite from 'dynalite';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { ConditionContext, Principal } from '../../engine/contracts/identity.ts';
import type { Authorizer } from '../../engine/contracts/policy.ts';
import type { Resource, Resources } from '../../engine/contracts/resources.ts';
import type { ServiceHandler } from '../../engine/contracts/services.ts';
import { parseJson } from '../../engine/responses.ts';
import { privateDirectory } from '../../engine/state.ts';
import { refuseEmptyIndexKeys, type Index } from './index-keys.ts';

type Input = Readonly<Record<string, unknown>>;

/** Operations on one table, named by `TableName`. */
const ONE_TABLE = new Set([
  'DeleteItem',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
]);
/** Operations that name tables as the members of `RequestItems`. */
const BATCH = new Set(['BatchGetItem', 'BatchWriteItem']);

/** DynamoDB: dynalite on a socket that only this user can open, behind authorization. */
export class DynamoDbService implements ServiceHandler {
  private readonly server: Server;
  private readonly socket: string;
  private readonly resources: Resources;
  private readonly authorizer: Authorizer;

  private constructor(server: Server, socket: string, resources: Resources, authorizer: Authorizer) {
    this.server = server;
    this.socket = socket;
    this.resources = resources;
    this.authorizer = authorizer;
  }

  /** Opens the tables in `state` and creates those of the templates that are not there yet. */
  static async start(state: string, resources: Resources, authorizer: Authorizer): Promise<DynamoDbService> {
    const server = dynalite({ path: privateDirectory(path.join(state, 'dynamodb')), createTableMs: 0 });
    // A socket's path has at most 107 bytes, so it cannot be in the state directory.
    const socket = path.join(mkdtempSync(path.join(tmpdir(), 'sealroot-')), 'dynamodb');
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(socket, resolve);
    });
    const service = new DynamoDbService(server, socket, resources, authorizer);
    for (const table of resources.ofType('AWS::DynamoDB::Table')) await service.create(table);
    return service;
  }

  async handle(request: HttpRequest, principal: Principal): Promise<HttpResponse> {
    const operation = request.headers['x-amz-target']?.split('.')[1] ?? '';
    const input = parseJson(request.body);
    this.authorize(operation, input, principal);
    refuseEmptyIndexKeys(operation, input, (table) => this.indexes(table));
    return this.forward(request.headers, request.body);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.closeAllConnections();
      this.server.close(() => resolve());
    });
    rmSync(path.dirname(this.socket), { recursive: true, force: true });
  }

  private authorize(operation: string, input: Input, principal: Principal): void {
    const action = `dynamodb:${operation}`;
    if (operation === 'ListTables') {
      this.authorizer.require(principal, action, '*');
    } else if (ONE_TABLE.has(operation)) {
      const arn = this.arn(input['TableName']);
      const index = input['IndexName'];
      const resource = typeof index === 'string' ? `${arn}/index/${index}` : arn;
      this.authorizer.require(principal, action, resource, this.leadingKeys(input));
    } else if (BATCH.has(operation)) {
      for (const table of Object.keys(input['RequestItems'] ?? {})) {
        this.authorizer.require(principal, action, this.arn(table));
      }
    } else {
      throw new AwsError('UnknownOperationException', `the local DynamoDB does not know ${operation}`);
    }
  }

  private arn(table: unknown): string {
    const name = nameOf(table);
    const resource = this.table(name);
    if (resource === undefined) {
      throw new AwsError(
        'ResourceNotFoundException',
        `Requested resource not found: Table: ${name} not found`,
      );
    }
    return String(resource.attribute('Arn'));
  }

  private indexes(table: unknown): readonly Index[] {
    const { GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = (this.table(nameOf(table))
      ?.properties ?? {}) as Readonly<Record<string, readonly Index[]>>;
    return [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes];
  }

  private table(name: string): Resource | undefined {
    return this.resources.ofType('AWS::DynamoDB::Table').find(({ physicalId }) => physicalId === name);
  }

  /** `dynamodb:LeadingKeys` of an operation on one item. */
  private leadingKeys(input: Input): ConditionContext {
    const item = (input['Key'] ?? input['Item']) as Record<string, { S?: string }> | undefined;
    const schema = this.table(String(input['TableName']))?.properties['KeySchema'] as
      { AttributeName: string; KeyType: string }[] | undefined;
    const hash = schema?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName;
    const value = hash === undefined ? undefined : item?.[hash]?.S;
    return value === undefined ? {} : { 'dynamodb:LeadingKeys': value };
  }

  private async create({ properties, physicalId }: Resource): Promise<void> {
    const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties;
    const described = await this.call('DescribeTable', { TableName: physicalId });
    if (described.status === 200) return;
    const created = await this.call('CreateTable', {
      TableName: physicalId,
      AttributeDefinitions,
      KeySchema,
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: indexes(GlobalSecondaryIndexes),
      LocalSecondaryIndexes: indexes(LocalSecondaryIndexes),
    });
    if (created.status !== 200) {
      throw new Error(`table ${physicalId} cannot be created: ${created.body.toString('utf8')}`);
    }
    while (!(await this.call('DescribeTable', { TableName: physicalId })).body.includes('"ACTIVE"')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  private call(operation: string, input: object): Promise<HttpResponse> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      // dynalite wants the form of a signature and checks no more; the gateway has verified the real one.
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    };
    return this.forward(headers, Buffer.from(JSON.stringify(input)));
  }

  private forward(headers: Readonly<Record<string, string>>, body: Buffer): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const { connection: _, 'transfer-encoding': __, ...kept } = headers;
      const options = { socketPath: this.socket, method: 'POST', path: '/', agent: false };
      const outgoing = httpRequest(
        { ...options, headers: { ...kept, 'content-length': body.length } },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const { connection: ___, 'keep-alive': ____, ...received } = incoming.headers;
            resolve({
              status: incoming.statusCode ?? 500,
              headers: received as Record<string, string>,
              body: Buffer.concat(chunks),
            });
          });
        },
      );
      outgoing.on('error', reject).end(body);
    });
  }
}

/** A request may name a table by its ARN too. */
const nameOf = (table: unknown): string => String(table).replace(/^.*:table\//, '');

/** Keeps what CreateTable takes; templates say more of an index. */
function indexes(value: unknown): object[] | undefined {
  return (value as Record<string, unknown>[] | undefined)?.map(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection,
  }));
}
