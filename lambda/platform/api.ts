import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ERRORS } from '../../protocol/errors.ts';
import {
  MAX_BODY_BYTES,
  type InputOf,
  type Operation,
  type Operations,
} from '../../protocol/operations/operation.ts';
import { MalformedError, object, parseJson, type Members } from '../../protocol/schema.ts';
import type { ApiRequest, Handlers, OperationHandler, Reply } from './ports/api.ts';
import type { Audit, AuditRecord } from './ports/audit.ts';

export type ApiHandler = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

/** A record of what failed before, or instead of, a decision. */
export interface FailureRecord extends AuditRecord {
  /** ARN of the caller. */
  readonly by: string;
  readonly field?: string;
  readonly reason?: string;
}

export interface ApiOptions {
  readonly audit: Audit<FailureRecord>;
  /** A reply comes within this time, in milliseconds, whatever hangs. API Gateway waits 29 s. */
  readonly deadlineMs?: number;
}

/** Handles proxy events of a REST API: finds the operation, parses what it takes, and turns replies and exceptions into HTTP. */
export function api<Ops extends Operations>(
  operations: Ops,
  handlers: Handlers<Ops>,
  options: ApiOptions,
): ApiHandler {
  const table = new Map<string, [Operation, OperationHandler<Operation>]>();
  for (const [name, operation] of Object.entries(operations)) {
    const handler = handlers[name] as unknown as OperationHandler<Operation>;
    table.set(`${operation.method} ${operation.path}`, [operation, handler]);
  }
  return async (event) => {
    const request = event.requestContext.requestId;
    const found = table.get(`${event.httpMethod} ${event.resource}`);
    if (found === undefined) return toHttp({ error: { code: 'not-found', request } });
    const [operation, handler] = found;
    try {
      return toHttp(await withDeadline(handler(requestOf(operation, event)), options.deadlineMs ?? 20_000));
    } catch (error) {
      const by = event.requestContext.identity.userArn ?? '';
      return toHttp(failure(error, { request, action: operation.audit, by }, options.audit));
    }
  };
}

function requestOf(operation: Operation, event: APIGatewayProxyEvent): ApiRequest<Operation> {
  const { requestId: id, accountId, identity } = event.requestContext;
  // API Gateway sends both with a private API; the type of the event is older than that.
  const { vpcId, vpceId } = identity as { vpcId?: string; vpceId?: string };
  const { userArn, sourceIp } = identity;
  const input = {
    parameters: parseMembers(operation.parameters, event.pathParameters),
    query: parseMembers(operation.query, event.queryStringParameters),
    body: bodyOf(operation, event),
  } as InputOf<Operation>;
  return { id, identity: { userArn, sourceIp, vpcId, vpceId, accountId }, ...input };
}

const parseMembers = (members: Members | undefined, given: unknown): object =>
  members === undefined ? {} : object(members).parse(given ?? {});

function bodyOf({ request, maxBodyBytes = MAX_BODY_BYTES }: Operation, event: APIGatewayProxyEvent): unknown {
  if (request === undefined) return undefined;
  const { body, isBase64Encoded } = event;
  if (body === null) return parseJson(request, null);
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxBodyBytes) throw new MalformedError('body');
  return parseJson(request, bytes.toString('utf8'));
}

function failure(
  error: unknown,
  line: Omit<FailureRecord, 'decision'>,
  audit: Audit<FailureRecord>,
): Reply<never> {
  const { request } = line;
  if (error instanceof MalformedError) {
    audit({ ...line, decision: 'malformed', field: error.field });
    return { error: { code: 'malformed', request, field: error.field } };
  }
  // A dependency that is down and a bug look alike to the caller, who waits and asks again.
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'not an Error';
  audit({ ...line, decision: 'unavailable', reason });
  return { error: { code: 'unavailable', request } };
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no reply within ${String(ms)} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function toHttp(reply: Reply<object>): APIGatewayProxyResult {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  if ('ok' in reply) return { statusCode: 200, headers, body: JSON.stringify(reply.ok) };
  const { error } = reply;
  const { status, retryAfter }: { status: number; retryAfter?: number } = ERRORS[error.code];
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  return { statusCode: status, headers, body: JSON.stringify(error) };
}
