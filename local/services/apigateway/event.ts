import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { alphanumeric } from '../../engine/assembly/physical-ids.ts';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { Principal } from '../../engine/contracts/identity.ts';
import type { Match, RestApi } from './model.ts';

/** Network path by which a request reached the API. */
export interface Arrival {
  readonly sourceIp: string;
  /** Only through an interface endpoint. */
  readonly vpcId?: string;
  readonly vpceId?: string;
}

/**
 * The event of a REST API's Lambda proxy integration
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
 */
export function proxyEvent(
  request: HttpRequest,
  route: { api: RestApi; stage: string; path: string; match: Match },
  principal: Principal | undefined,
  arrival: Arrival,
): APIGatewayProxyEvent {
  const { api, stage, path, match } = route;
  const query = queryOf(request.path);
  const now = new Date();
  const host = request.headers['host'] ?? '';
  const identity = {
    cognitoIdentityPoolId: null,
    cognitoIdentityId: null,
    cognitoAuthenticationType: null,
    cognitoAuthenticationProvider: null,
    principalOrgId: null,
    apiKey: null,
    apiKeyId: null,
    clientCert: null,
    accessKey: principal?.accessKeyId ?? null,
    accountId: principal?.account ?? null,
    caller: principal?.userId ?? null,
    user: principal?.userId ?? null,
    userArn: principal?.arn ?? null,
    userAgent: request.headers['user-agent'] ?? null,
    ...arrival,
  };
  return {
    resource: match.method.resourcePath,
    path,
    httpMethod: request.method,
    headers: { ...request.headers },
    multiValueHeaders: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value]]),
    ),
    queryStringParameters: query && Object.fromEntries(Object.entries(query).map(([k, v]) => [k, v.at(-1)])),
    multiValueQueryStringParameters: query,
    pathParameters: match.pathParameters && { ...match.pathParameters },
    stageVariables: null,
    requestContext: {
      resourceId: match.method.resourceId,
      resourcePath: match.method.resourcePath,
      httpMethod: request.method,
      extendedRequestId: alphanumeric(16),
      requestTime: now.toUTCString(),
      path: `/${stage}${path}`,
      accountId: principal?.account ?? '',
      protocol: 'HTTP/1.1',
      stage,
      domainPrefix: host.split('.')[0] ?? '',
      requestTimeEpoch: now.getTime(),
      requestId: randomUUID(),
      identity,
      domainName: host,
      apiId: api.id,
      authorizer: undefined,
    },
    body: request.body.length === 0 ? null : request.body.toString('utf8'),
    isBase64Encoded: false,
  };
}

function queryOf(path: string): Record<string, string[]> | null {
  const [, query = ''] = path.split('?');
  if (query === '') return null;
  const values: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) (values[name] ??= []).push(value);
  return values;
}

/** @returns undefined when a function answered something that API Gateway takes for an error of its own. */
export function proxyResponse(result: unknown): HttpResponse | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = result as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;
  const sent: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(headers ?? {})) sent[name.toLowerCase()] = String(value);
  for (const [name, value] of Object.entries(multiValueHeaders ?? {})) {
    sent[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  const bytes = Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
  return { status, headers: sent, body: bytes };
}
