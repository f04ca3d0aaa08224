import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ERRORS, type ErrorBody } from '../../protocol/errors.ts';
import { MalformedError } from '../../protocol/fields.ts';
import type { Route } from '../../protocol/routes.ts';
import type { Audit } from './ports.ts';

/** What a route answers: a body for 200, or one of the errors. */
export type Answer =
  { readonly ok: object } | { readonly error: ErrorBody; readonly retryAfter?: number | undefined };

export type RouteHandler = (event: APIGatewayProxyEvent) => Promise<Answer>;

export type ApiHandler = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

export interface ApiOptions {
  /** In UTF-8 bytes. */
  readonly maxBodyBytes: number;
  readonly audit: Audit;
  /** An answer comes within this time, in milliseconds, whatever hangs. API Gateway waits 29 s. */
  readonly deadlineMs?: number;
}

const UNAVAILABLE_RETRY_AFTER_SECONDS = 5;

/** Routes proxy events of a REST API by method and resource path, and turns answers and exceptions into HTTP. */
export function api<Name extends string>(
  routes: Readonly<Record<Name, Route>>,
  handlers: Readonly<Record<Name, RouteHandler>>,
  options: ApiOptions,
): ApiHandler {
  const table = new Map<string, RouteHandler>();
  for (const name of Object.keys(routes) as Name[]) {
    table.set(`${routes[name].method} ${routes[name].path}`, handlers[name]);
  }
  return async (event) => {
    const request = event.requestContext.requestId;
    const route = table.get(`${event.httpMethod} ${event.resource}`);
    if (route === undefined) return toHttp({ error: { code: 'not-found', request } });
    try {
      const body = decodeBody(event, options.maxBodyBytes);
      const work = route({ ...event, body, isBase64Encoded: false });
      return toHttp(await withDeadline(work, options.deadlineMs ?? 20_000));
    } catch (error) {
      return toHttp(failure(error, event, options.audit));
    }
  };
}

function failure(error: unknown, event: APIGatewayProxyEvent, audit: Audit): Answer {
  const request = event.requestContext.requestId;
  const line = {
    request,
    action: `${event.httpMethod} ${event.resource}`,
    by: event.requestContext.identity.userArn ?? '',
  };
  if (error instanceof MalformedError) {
    audit({ ...line, decision: 'malformed', field: error.field });
    return { error: { code: 'malformed', request, field: error.field } };
  }
  // A dependency that is down and a bug look alike to the instance: it waits and asks again.
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'not an Error';
  audit({ ...line, decision: 'unavailable', reason });
  return { error: { code: 'unavailable', request }, retryAfter: UNAVAILABLE_RETRY_AFTER_SECONDS };
}

function decodeBody(event: APIGatewayProxyEvent, limit: number): string | null {
  if (event.body === null) return null;
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > limit) throw new MalformedError('body');
  return bytes.toString('utf8');
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(ms)} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function toHttp(answer: Answer): APIGatewayProxyResult {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  if ('ok' in answer) return { statusCode: 200, headers, body: JSON.stringify(answer.ok) };
  const { error, retryAfter } = answer;
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  return { statusCode: ERRORS[error.code].status, headers, body: JSON.stringify(error) };
}
