import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { APIGatewayProxyResult } from 'aws-lambda';
import fc from 'fast-check';
import { parse } from 'yaml';
import { MalformedError, parseJson, type Schema } from '../../protocol/schema.ts';

interface Reference {
  readonly $ref: string;
}
interface Response {
  readonly headers?: object;
  readonly content: { readonly 'application/json': { readonly schema: object } };
}
interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, Reference | Response>>;
}
interface Document {
  readonly openapi: string;
  readonly security: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly securitySchemes: object;
  };
}

export const PAGE = 'protocol/openapi.yaml';
export const document = parse(readFileSync(PAGE, 'utf8')) as Document;
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
ajv.addVocabulary(['openapi', 'info', 'servers', 'security', 'tags', 'paths', 'components']);
ajv.addSchema({ ...document, $id: 'openapi' });

export const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

/** The validator of a component of the document. */
export const schema = (name: string): ValidateFunction => validator(`components/schemas/${name}`);

function validator(path: string): ValidateFunction {
  const validate = ajv.getSchema(`openapi#/${path}`);
  if (validate === undefined) throw new Error(`nothing at ${path}`);
  return validate;
}

/** Description of a response in the document, with its path there. */
export function responseOf(id: string, status: number): { path: string; response: Response } | undefined {
  const found = operations.find(({ operation }) => operation.operationId === id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  const { responses } = found.operation;
  const response = responses[String(status)];
  if (response === undefined) return undefined;
  if ('$ref' in response) {
    const name = response.$ref.slice(response.$ref.lastIndexOf('/') + 1);
    const referred = document.components.responses[name];
    return referred && { path: `components/responses/${name}`, response: referred };
  }
  const at = found.path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
  return { path: `paths/${at}/${found.method.toLowerCase()}/responses/${String(status)}`, response };
}

/** Checks a result against what the document says of that operation and status. */
export function expectDescribed(id: string, result: APIGatewayProxyResult): void {
  const described = responseOf(id, result.statusCode);
  expect([id, result.statusCode, described]).toEqual([id, result.statusCode, expect.any(Object)]);
  const validate = validator(`${described?.path ?? ''}/content/application~1json/schema`);
  validate(JSON.parse(result.body));
  expect({ id, body: result.body, errors: validate.errors }).toEqual({ id, body: result.body, errors: null });
  expect('retry-after' in (result.headers ?? {})).toBe(described?.response.headers !== undefined);
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

/** Whether a schema takes a body; anything but a MalformedError is thrown on. */
export function accepts(taken: Schema<unknown>, body: unknown): boolean {
  try {
    parseJson(taken, JSON.stringify(body));
    return true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}
