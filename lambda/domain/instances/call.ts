import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Call } from './caller.ts';

/** Who asks, from an event of the private API. */
export function callOf({ requestContext }: APIGatewayProxyEvent): Call {
  const { requestId: request, accountId, identity } = requestContext;
  // API Gateway sends both with a private API; the type of the event is older than that.
  const { vpcId, vpceId } = identity as { vpcId?: string; vpceId?: string };
  const { userArn, sourceIp } = identity;
  return { request, identity: { userArn, sourceIp, vpcId, vpceId, accountId } };
}
