import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { APIGatewayProxyResult } from 'aws-lambda';
import fc from 'fast-check';
import { parse } from 'yaml';
import { MalformedError } from '../../protocol/fields.ts';

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, { readonly $ref: string }>>;
}
interface Response {
  readonly headers?: object;
  readonly content: { readonly 'application/json': { readonly schema: { readonly $ref: string } } };
}
interface Document {
  readonly openapi: string;
  readonly security: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { properties?: { code?: { const?: string } } }>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly securitySchemes: object;
  };
}

export const document = parse(readFileSync('protocol/openapi.yaml', 'utf8')) as Document;
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
ajv.addVocabulary(['openapi', 'info', 'servers', 'security', 'tags', 'paths', 'components']);
ajv.addSchema({ ...document, $id: 'openapi' });

export const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

/** The validator of a schema of the document. */
export function schema(name: string): ValidateFunction {
  const validate = ajv.getSchema(`openapi#/components/schemas/${name}`);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  return validate;
}

export const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

/** Checks an answer against what the document says of that operation and status. */
export function expectDescribed(id: string, result: APIGatewayProxyResult): void {
  const operation = operations.find((each) => each.operation.operationId === id)?.operation;
  const ref = operation?.responses[String(result.statusCode)]?.$ref;
  expect([id, result.statusCode, ref]).toEqual([id, result.statusCode, expect.any(String)]);
  const response = document.components.responses[nameOf(ref ?? '')];
  const validate = schema(nameOf(response?.content['application/json'].schema.$ref ?? ''));
  validate(JSON.parse(result.body));
  expect({ id, body: result.body, errors: validate.errors }).toEqual({ id, body: result.body, errors: null });
  expect('retry-after' in (result.headers ?? {})).toBe(response?.headers !== undefined);
}

const bytes = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((b) => Buffer.from(b).toString('base64url'));
/** Values that are right, nearly right, and of another kind. */
export const value = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    0,
    1,
    '',
    'root',
    'data-',
    'data-a',
    `data-${'a'.repeat(32)}`,
    'AAAA=',
    'AB',
    {},
    [],
  ),
  bytes(31, 33),
  bytes(32, 32).map((text) => `${text.slice(0, -1)}B`),
  bytes(32, 32).map((text) => `${text}\n`),
  bytes(0, 8),
  bytes(1023, 1026),
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

/** Whether a parser takes a body; anything but a MalformedError is thrown on. */
export function accepts(parser: (body: string) => unknown, body: unknown): boolean {
  try {
    parser(JSON.stringify(body));
    return true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
