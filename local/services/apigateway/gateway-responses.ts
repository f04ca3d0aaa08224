import type { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpResponse } from '../../engine/contracts/http.ts';
import type { Resource } from '../../engine/contracts/resources.ts';

/** A `AWS::ApiGateway::GatewayResponse`: what an API answers by itself in one case, in place of API Gateway's words. */
export interface GatewayResponse {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly template: string | undefined;
}

export type GatewayResponses = ReadonlyMap<string, GatewayResponse>;

/** Response type by what went wrong; what is in neither has the default of its class. */
const TYPES: Readonly<Record<string, string>> = {
  AccessDenied: 'ACCESS_DENIED',
  ExpiredToken: 'EXPIRED_TOKEN',
  GatewayTimeoutException: 'INTEGRATION_TIMEOUT',
  IncompleteSignature: 'INVALID_SIGNATURE',
  InvalidSignature: 'INVALID_SIGNATURE',
  MissingAuthenticationToken: 'MISSING_AUTHENTICATION_TOKEN',
  UnrecognizedClient: 'INVALID_SIGNATURE',
};

export function readGatewayResponses(resources: readonly Resource[]): GatewayResponses {
  return new Map(
    resources.map(({ properties }) => [String(properties['ResponseType']), readOne(properties)]),
  );
}

function readOne(properties: Readonly<Record<string, unknown>>): GatewayResponse {
  const {
    StatusCode,
    ResponseParameters = {},
    ResponseTemplates,
  } = properties as {
    StatusCode?: string;
    ResponseParameters?: Record<string, string>;
    ResponseTemplates?: Record<string, string>;
  };
  const headers = Object.entries(ResponseParameters).map(([name, value]) => {
    const header = /^gatewayresponse\.header\.(.+)$/.exec(name)?.[1];
    const literal = /^'(.*)'$/.exec(value)?.[1];
    if (header === undefined || literal === undefined) {
      throw new Error(`the local gateway does not know the response parameter ${name}: ${value}`);
    }
    return [header.toLowerCase(), literal] as const;
  });
  return {
    status: StatusCode === undefined ? undefined : Number(StatusCode),
    headers: Object.fromEntries(headers),
    template: ResponseTemplates?.['application/json'],
  };
}

/**
 * An error as the API says it: by the response that its template has for the case, or else as API Gateway does.
 * @param answer in API Gateway's own words
 */
export function inFormOfApi(
  answer: HttpResponse,
  error: AwsError,
  responses: GatewayResponses,
): HttpResponse {
  const type = TYPES[error.code];
  const found =
    (type === undefined ? undefined : responses.get(type)) ??
    responses.get(error.status >= 500 ? 'DEFAULT_5XX' : 'DEFAULT_4XX');
  if (found === undefined) return answer;
  const variables: Readonly<Record<string, string>> = {
    '$context.requestId': String(answer.headers['x-amzn-requestid']),
    '$context.error.messageString': JSON.stringify(error.message),
  };
  const body = found.template?.replaceAll(/\$context\.[A-Za-z.]+/g, (name) => variables[name] ?? '');
  return {
    status: found.status ?? answer.status,
    headers: { ...answer.headers, ...found.headers },
    body: body === undefined ? answer.body : Buffer.from(body),
  };
}
