import { ERRORS, type ErrorCode } from '../errors.ts';
import { OPERATOR_API } from '../operations/apis.ts';
import { KEYSERVER_OPERATIONS } from '../operations/keyserver.ts';
import type { Operation, Operations } from '../operations/operation.ts';
import { PRESEED_OPERATIONS } from '../operations/preseed.ts';
import { REQUEST_OPERATIONS } from '../operations/requests.ts';
import { SERVER_OPERATIONS } from '../operations/servers.ts';
import { VOLUME_OPERATIONS } from '../operations/volumes.ts';
import { DEFAULT_STAGE } from '../names.ts';
import type { Members } from '../schema.ts';
import { Components } from './components.ts';
import { errorResponses, responseName } from './errors.ts';

interface Part {
  readonly name: string;
  readonly description: string;
  readonly operations: Operations;
}

const PARTS: readonly Part[] = [
  { name: 'keyserver', description: 'The private API: disk keys', operations: KEYSERVER_OPERATIONS },
  {
    name: 'preseed',
    description: 'The private API: messages for an instance',
    operations: PRESEED_OPERATIONS,
  },
  { name: 'volumes', description: 'The operator API: volumes', operations: VOLUME_OPERATIONS },
  { name: 'requests', description: 'The operator API: releases that wait', operations: REQUEST_OPERATIONS },
  { name: 'servers', description: 'The operator API: preseeded servers', operations: SERVER_OPERATIONS },
];

const DESCRIPTION = [
  'Two REST APIs. The private one is for instances (SPEC.md): it releases disk keys, sealed to the boot that asks, and',
  'hands out what an instance is to be configured with. The operator API is for people and scripts. Both want IAM',
  'authorization (SigV4, service `execute-api`). Generated from protocol/operations: change it there.',
].join(' ');

/** The OpenAPI 3.1 document of both APIs, as data. */
export function openApi(): object {
  const operations = PARTS.flatMap((part) => Object.values(part.operations));
  const components = new Components(operations.map(({ answer }) => answer));
  const paths: Record<string, Record<string, object>> = {};
  for (const { name: tag, operations: group } of PARTS) {
    for (const [operationId, operation] of Object.entries(group)) {
      const path = (paths[operation.path] ??= {});
      path[operation.method.toLowerCase()] = describe(operationId, tag, operation, components);
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sealroot', version: '1', description: DESCRIPTION },
    servers: SERVERS,
    security: [{ sigv4: [] }],
    tags: PARTS.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        sigv4: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'AWS Signature Version 4, service `execute-api`',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
      },
      headers: {
        RetryAfter: { description: 'Seconds', required: true, schema: { type: 'integer', minimum: 1 } },
      },
      responses: errorResponses(),
      schemas: components.schemas,
    },
  };
}

function describe(operationId: string, tag: string, operation: Operation, components: Components): object {
  const { parameters, query, request } = operation;
  const all = [...located('path', parameters, components), ...located('query', query, components)];
  return {
    operationId,
    tags: [tag],
    summary: operation.summary,
    'x-sealroot-callers': [...operation.callers],
    'x-sealroot-audit': operation.audit,
    ...(all.length > 0 && { parameters: all }),
    ...(request !== undefined && {
      requestBody: {
        required: request.isOptional !== true,
        content: { 'application/json': { schema: components.schema(request) } },
      },
    }),
    responses: responses(operation, components),
  };
}

const located = (where: 'path' | 'query', members: Members | undefined, components: Components): object[] =>
  Object.entries(members ?? {}).map(([name, schema]) => ({
    name,
    in: where,
    required: schema.isOptional !== true,
    schema: components.schema(schema),
  }));

/** Failures of any request: IAM refuses it, the API is throttled, or something that is needed does not answer. */
const ALWAYS: readonly ErrorCode[] = ['refused', 'throttled', 'unavailable'];

function responses(operation: Operation, components: Components): object {
  const { parameters, query, request, failures, answer } = operation;
  const takesInput = [parameters, query, request].some((input) => input !== undefined);
  const codes: ErrorCode[] = [...(takesInput ? (['malformed'] as const) : []), ...failures, ...ALWAYS];
  const isForPeople = Object.values<Operation>(OPERATOR_API).includes(operation);
  const failed = codes.map((code): [string, object] => [
    String(ERRORS[code].status),
    { $ref: `#/components/responses/${responseName(code, isForPeople)}` },
  ]);
  const ok = {
    description: 'Done',
    content: { 'application/json': { schema: components.schema(answer) } },
  };
  return Object.fromEntries([['200', ok] as const, ...failed].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const SERVERS = [
  {
    url: 'https://{api}.execute-api.{region}.amazonaws.com/{stage}',
    description:
      "Either API. Instances ask the private one under this name, and connect to the address of its VPC endpoint. The operator API's URL is in the SSM parameter /sealroot/STAGE/operator-api.",
    variables: {
      api: { default: 'api', description: 'Id of the REST API' },
      region: { default: 'us-east-1' },
      // API Gateway's stage has the name of ours.
      stage: { default: DEFAULT_STAGE, description: 'The stage that was deployed' },
    },
  },
];
