import { randomBytes, randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { delegatedKeySource } from '../../../../lambda/domain/instances/delegation.ts';
import type { Deps } from '../../../../lambda/keyserver/core/deps.ts';
import type { DecisionRecord } from '../../../../lambda/domain/audit.ts';
import type { Item } from '../../../../lambda/domain/volumes/items.ts';
import { VOLUME_TABLE } from '../../../../lambda/domain/volumes/table.ts';
import { keyserverApi } from '../../../../lambda/keyserver/operations.ts';
import { requestHandlers, volumeHandlers } from '../../../../lambda/operator/volume-operations.ts';
import { api } from '../../../../lambda/platform/api.ts';
import type { ImageFacts, InstanceFacts } from '../../../../lambda/platform/ports/inventory.ts';
import { TABLE_INDEX_ATTRIBUTES } from '../../../../protocol/names.ts';
import { REQUEST_OPERATIONS } from '../../../../protocol/operations/requests.ts';
import { VOLUME_OPERATIONS } from '../../../../protocol/operations/volumes.ts';
import type { ReleasePolicy } from '../../../../protocol/release-policy.ts';
import { MemoryKms } from './memory-kms.ts';
import { MemoryTable } from './memory-table.ts';

export const ACCOUNT = '111122223333';
export const VPC = 'vpc-1';
export const ENDPOINT = 'vpce-1';
export const IMAGE = 'ami-1';
export const OPERATOR = `arn:aws:sts::${ACCOUNT}:assumed-role/custodian/ada`;

export interface From {
  readonly userArn?: string;
  readonly sourceIp?: string;
  readonly vpcId?: string;
  readonly vpceId?: string;
}

/** Both services over one table and one KMS, all in memory, spoken to as API Gateway would. */
export class KeyserverWorld {
  readonly table = new MemoryTable<'pk', Item>({
    key: VOLUME_TABLE.key,
    index: { sort: 'pk', members: TABLE_INDEX_ATTRIBUTES },
  });
  readonly kms = new MemoryKms();
  readonly audit: DecisionRecord[] = [];
  readonly instances = new Map<string, InstanceFacts>();
  readonly images = new Map<string, ImageFacts>();
  readonly deps: Deps;
  now = 1_800_000_000;
  ec2Calls = 0;
  readonly #keyserver;
  readonly #operator;

  /** @param launchers by instance: with it, who approves and who launched are held apart. */
  constructor(policy: Partial<ReleasePolicy> = {}, launchers?: ReadonlyMap<string, string>) {
    const clock = (): number => this.now;
    const audit = (record: DecisionRecord): number => this.audit.push(record);
    const random = { bytes: (length: number) => randomBytes(length), uuid: () => randomUUID() };
    const builder = `arn:aws:imagebuilder:eu-west-1:${ACCOUNT}:image/sealroot-dev/1.0.0/1`;
    this.images.set(IMAGE, { owner: ACCOUNT, tags: { Ec2ImageBuilderArn: builder } });
    this.deps = {
      settings: {
        stage: 'dev',
        instanceRoles: ['fleet', 'image-test'],
        vpcId: VPC,
        vpcEndpointId: ENDPOINT,
        imageRecipe: 'sealroot-dev',
        region: 'eu-west-1',
        policy: { enrolment: 'allow', moved: 'approve', ticket: 'approve', ...policy },
      },
      table: this.table,
      sealKey: this.kms,
      recoveryKey: this.kms.recoveryKey,
      inventory: {
        instance: (id) => this.#ec2(this.instances.get(id)),
        image: (id) => this.#ec2(this.images.get(id)),
      },
      delegatedKey: delegatedKeySource(this.kms.sign, clock, 'release'),
      clock,
      random,
      audit,
    };
    this.#keyserver = keyserverApi(this.deps);
    const operator = {
      stage: 'dev',
      table: this.table,
      query: this.table.query,
      reseal: this.kms.reseal,
      launched: launchers && { instance: async (id: string) => this.#launched(id, launchers.get(id)) },
      clock,
      random,
      audit,
    };
    this.#operator = api(
      { ...VOLUME_OPERATIONS, ...REQUEST_OPERATIONS },
      { ...volumeHandlers(operator), ...requestHandlers(operator) },
      { audit },
    );
  }

  #launched(id: string, launcher: string | undefined): InstanceFacts | undefined {
    const facts = this.instances.get(id);
    if (facts === undefined || launcher === undefined) return facts;
    return { ...facts, tags: { ...facts.tags, 'sealroot:launched-by': launcher } };
  }

  #ec2<T>(facts: T): Promise<T> {
    this.ec2Calls += 1;
    return Promise.resolve(facts);
  }

  /** One route of the private API. */
  instanceApi(method: string, resource: string, body: unknown, from: From): Promise<APIGatewayProxyResult> {
    return this.#keyserver(event(method, resource, body, from));
  }

  /** One route of the operator API; `{luks}` and `{id}` come from `parameters`. */
  operatorApi(
    method: string,
    resource: string,
    parameters: Record<string, string> = {},
    body?: unknown,
    query: Record<string, string> | null = null,
  ): Promise<APIGatewayProxyResult> {
    const base = event(method, resource, body, { userArn: OPERATOR, sourceIp: '203.0.113.9' });
    return this.#operator({ ...base, pathParameters: parameters, queryStringParameters: query });
  }

  approve(id: string): Promise<APIGatewayProxyResult> {
    return this.operatorApi('POST', '/v1/requests/{id}/approve', { id }, {});
  }

  deny(id: string): Promise<APIGatewayProxyResult> {
    return this.operatorApi('POST', '/v1/requests/{id}/deny', { id }, {});
  }

  get lastAudit(): DecisionRecord | undefined {
    return this.audit.at(-1);
  }
}

let sequence = 0;

export function event(method: string, resource: string, body: unknown, from: From): APIGatewayProxyEvent {
  sequence += 1;
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  return {
    httpMethod: method,
    resource,
    path: resource,
    body: text,
    isBase64Encoded: false,
    headers: {},
    multiValueHeaders: {},
    pathParameters: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    stageVariables: null,
    requestContext: { requestId: `call-${String(sequence)}`, accountId: ACCOUNT, identity: from },
  } as unknown as APIGatewayProxyEvent;
}
