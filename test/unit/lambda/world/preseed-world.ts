import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { delegatedKeySource } from '../../../../lambda/domain/instances/delegation.ts';
import type { DecisionRecord } from '../../../../lambda/domain/audit.ts';
import type { Item } from '../../../../lambda/domain/mailbox/items.ts';
import { mailbox, MAILBOX_TABLE } from '../../../../lambda/domain/mailbox/mailbox.ts';
import { serverHandlers } from '../../../../lambda/operator/server-operations.ts';
import { api } from '../../../../lambda/platform/api.ts';
import type { ImageFacts, InstanceFacts } from '../../../../lambda/platform/ports/inventory.ts';
import { preseedApi } from '../../../../lambda/preseed/operations.ts';
import { PRESEED_INDEX_ATTRIBUTES } from '../../../../protocol/names.ts';
import { PRESEED_OPERATIONS } from '../../../../protocol/operations/preseed.ts';
import { SERVER_OPERATIONS } from '../../../../protocol/operations/servers.ts';
import type { MessageStatus, Server } from '../../../../protocol/server.ts';
import { MemoryKms } from './memory-kms.ts';
import { MemoryTable } from './memory-table.ts';
import { ACCOUNT, ENDPOINT, event, IMAGE, OPERATOR, VPC, type From } from './keyserver-world.ts';

export const SERVER = 'srv-0123456789abcdefghjkmnpqrs';
export const OTHER_SERVER = 'srv-zyxwvtsrqpnmkjhgfedcba9876';

/** Both sides of preseeding over one table and one KMS, all in memory, spoken to as API Gateway would. */
export class PreseedWorld {
  readonly table = new MemoryTable<'server' | 'item', Item>({
    key: MAILBOX_TABLE.key,
    index: { sort: 'server', members: PRESEED_INDEX_ATTRIBUTES },
  });
  readonly kms = new MemoryKms();
  readonly audit: DecisionRecord[] = [];
  readonly instances = new Map<string, InstanceFacts>();
  readonly images = new Map<string, ImageFacts>();
  /** Bodies of all answers, to instances and to operators. */
  readonly answers: string[] = [];
  now = 1_800_000_000;
  readonly #preseed;
  readonly #servers;

  constructor() {
    const clock = (): number => this.now;
    const audit = (record: DecisionRecord): number => this.audit.push(record);
    const builder = `arn:aws:imagebuilder:eu-west-1:${ACCOUNT}:image/sealroot-dev/1.0.0/1`;
    this.images.set(IMAGE, { owner: ACCOUNT, tags: { Ec2ImageBuilderArn: builder } });
    const boxes = mailbox(this.table, this.table.query);
    this.#preseed = preseedApi({
      settings: {
        stage: 'dev',
        instanceRoles: ['fleet'],
        vpcId: VPC,
        vpcEndpointId: ENDPOINT,
        imageRecipe: 'sealroot-dev',
        region: 'eu-west-1',
      },
      mailbox: boxes,
      drawKey: this.kms.draw,
      openKey: this.kms.unseal,
      inventory: {
        instance: (id) => Promise.resolve(this.instances.get(id)),
        image: (id) => Promise.resolve(this.images.get(id)),
      },
      delegatedKey: delegatedKeySource(this.kms.sign, clock, 'preseed'),
      clock,
      audit,
    });
    const { query } = this.table;
    const operator = { stage: 'dev', mailbox: boxes, query, drawKey: this.kms.draw, clock, audit };
    this.#servers = api(SERVER_OPERATIONS, serverHandlers(operator), { audit });
  }

  async instance(
    route: keyof typeof PRESEED_OPERATIONS,
    body: unknown,
    from: From,
  ): Promise<APIGatewayProxyResult> {
    const { method, path } = PRESEED_OPERATIONS[route];
    return this.#record(await this.#preseed(event(method, path, body, from)));
  }

  async operator(
    route: keyof typeof SERVER_OPERATIONS,
    body?: unknown,
    server = SERVER,
    over: { query?: Record<string, string>; by?: string } = {},
  ): Promise<APIGatewayProxyResult> {
    const { method, path } = SERVER_OPERATIONS[route];
    const base = event(method, path, body, { userArn: over.by ?? OPERATOR, sourceIp: '203.0.113.9' });
    const parameters = { pathParameters: { server }, queryStringParameters: over.query ?? null };
    return this.#record(await this.#servers({ ...base, ...parameters }));
  }

  #record(result: APIGatewayProxyResult): APIGatewayProxyResult {
    this.answers.push(result.body);
    return result;
  }

  async create(server = SERVER): Promise<void> {
    expectOk(await this.operator('createServer', { server, for: 'web-1' }, server));
  }

  /** Publishes each as a message; what is text becomes a value of `inithooks`. @returns their statuses. */
  async send(...contents: (string | object)[]): Promise<readonly MessageStatus[]> {
    const result = await this.operator('sendMessages', batch(...contents));
    return (expectOk(result) as { messages: MessageStatus[] }).messages;
  }

  async show(server = SERVER): Promise<Server> {
    return expectOk(await this.operator('showServer', undefined, server)) as Server;
  }

  /** State and reason of each message, as an operator sees them. */
  async states(server = SERVER): Promise<string[]> {
    const { messages = [] } = await this.show(server);
    return messages.map(({ state, reason }) => (reason === undefined ? state : `${state}/${reason}`));
  }

  /** Changes a stored item behind the services' backs. */
  tamper(item: string, change: Record<string, unknown>, server = SERVER): void {
    const stored = this.stored(item, server);
    this.table.items.set(`${server}/${item}`, { ...stored, ...change });
  }

  stored(item: string, server = SERVER): Record<string, unknown> {
    return this.table.items.get(`${server}/${item}`) ?? {};
  }

  get alarms(): (string | undefined)[] {
    return this.audit.filter(({ alarm }) => alarm === true).map(({ reason }) => reason);
  }
}

export const batch = (...contents: (string | object)[]) => ({
  messages: contents.map((content) => ({
    id: randomUUID(),
    lifetime: 3600,
    message: typeof content === 'string' ? { type: 'inithooks', values: { APP_PASS: content } } : content,
  })),
});

export const json = (result: { body: string }): Record<string, unknown> =>
  JSON.parse(result.body) as Record<string, unknown>;

function expectOk(result: APIGatewayProxyResult): unknown {
  if (result.statusCode !== 200) throw new Error(`${String(result.statusCode)} ${result.body}`);
  return json(result);
}
