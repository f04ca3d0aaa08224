import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ERRORS, type ErrorCode } from '../../protocol/errors.ts';

/** Answers of API Gateway's own, before or instead of a Lambda. A route that does not exist is answered as a missing token. */
const TYPES: Readonly<
  Record<'throttled' | 'refused' | 'unavailable', Readonly<Record<string, ResponseType>>>
> = {
  throttled: { Throttled: ResponseType.THROTTLED, QuotaExceeded: ResponseType.QUOTA_EXCEEDED },
  refused: {
    AccessDenied: ResponseType.ACCESS_DENIED,
    Unauthorized: ResponseType.UNAUTHORIZED,
    InvalidSignature: ResponseType.INVALID_SIGNATURE,
    ExpiredToken: ResponseType.EXPIRED_TOKEN,
    MissingToken: ResponseType.MISSING_AUTHENTICATION_TOKEN,
  },
  unavailable: {
    Default5xx: ResponseType.DEFAULT_5XX,
    IntegrationFailure: ResponseType.INTEGRATION_FAILURE,
    IntegrationTimeout: ResponseType.INTEGRATION_TIMEOUT,
  },
};

/**
 * Has API Gateway answer in the form of the services behind it, so that clients know one form, and are told when to try
 * again. A refusal says in `message` what was wrong, as AWS has it: the keyserver itself never says that to an
 * instance, so that the member also tells who refused.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
export function answerInOurForm(api: RestApi): void {
  for (const [code, types] of Object.entries(TYPES) as [keyof typeof TYPES, Record<string, ResponseType>][]) {
    const message = code === 'refused' ? ',"message":$context.error.messageString' : '';
    for (const [id, type] of Object.entries(types)) {
      api.addGatewayResponse(id, {
        type,
        statusCode: String(ERRORS[code].status),
        ...retryAfter(code),
        templates: { 'application/json': `{"code":"${code}","request":"$context.requestId"${message}}` },
      });
    }
  }
}

function retryAfter(code: ErrorCode): { responseHeaders?: Record<string, string> } {
  const error = ERRORS[code];
  return 'retryAfter' in error ? { responseHeaders: { 'Retry-After': `'${error.retryAfter}'` } } : {};
}
