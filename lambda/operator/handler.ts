import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ENV } from '../../protocol/names.ts';
import { OPERATOR_ROUTES } from '../../protocol/routes.ts';
import { api, type RouteHandler } from '../volumes/adapters/api-gateway.ts';
import { requireEnv } from '../volumes/adapters/environment.ts';
import { SDK_OPTIONS } from '../volumes/adapters/sdk.ts';
import { logAudit, systemClock, systemRandom } from '../volumes/adapters/system.ts';
import { operatorTable } from './adapters/dynamodb-list.ts';
import { kmsReseal } from './adapters/kms.ts';
import { answer, type Attempt } from './core/answers.ts';
import type { Deps } from './core/deps.ts';
import { parseDecision, parseLuks, parseNext, parseRequestId } from './core/messages.ts';
import { decide, listRequests, showRequest } from './core/requests.ts';
import { changeState, listVolumes, showVolume } from './core/volumes.ts';

const MAX_BODY_BYTES = 4096;

const deps: Deps = {
  stage: requireEnv(ENV.stage),
  table: operatorTable(new DynamoDBClient(SDK_OPTIONS), requireEnv(ENV.table)),
  reseal: kmsReseal(new KMSClient(SDK_OPTIONS), requireEnv(ENV.sealKey)),
  clock: systemClock,
  random: systemRandom,
  audit: logAudit,
};

export const handler = api(
  OPERATOR_ROUTES,
  {
    listVolumes: async (event) =>
      answer(deps, attempt(event, 'list-volumes'), await listVolumes(deps, after(event, 'volume'))),
    showVolume: async (event) => {
      const luks = parseLuks(event.pathParameters?.['luks']);
      return answer(deps, { ...attempt(event, 'show-volume'), luks }, await showVolume(deps, luks));
    },
    revokeVolume: stateChange('revoke'),
    restoreVolume: stateChange('restore'),
    listRequests: async (event) =>
      answer(deps, attempt(event, 'list-requests'), await listRequests(deps, after(event, 'request'))),
    showRequest: async (event) => {
      const id = parseRequestId(event.pathParameters?.['id']);
      return answer(deps, { ...attempt(event, 'show-request'), pending: id }, await showRequest(deps, id));
    },
    approveRequest: decision('approved'),
    denyRequest: decision('denied'),
  },
  { maxBodyBytes: MAX_BODY_BYTES, audit: logAudit },
);

function stateChange(action: 'revoke' | 'restore'): RouteHandler {
  return async (event) => {
    const luks = parseLuks(event.pathParameters?.['luks']);
    const body = parseDecision(event.body);
    const result = await changeState(deps, luks, action, caller(event), body);
    return answer(deps, { ...attempt(event, action), luks, reason: body.reason }, result);
  };
}

function decision(outcome: 'approved' | 'denied'): RouteHandler {
  return async (event) => {
    const id = parseRequestId(event.pathParameters?.['id']);
    const body = parseDecision(event.body);
    const result = await decide(deps, id, outcome, caller(event), body);
    return answer(deps, { ...attempt(event, outcome), pending: id, reason: body.reason }, result);
  };
}

function attempt(event: APIGatewayProxyEvent, action: string): Attempt {
  return { request: event.requestContext.requestId, action, by: caller(event) };
}

/** ARN of the person or script; IAM authorization has made sure that there is one. */
function caller(event: APIGatewayProxyEvent): string {
  return event.requestContext.identity.userArn ?? '';
}

function after(event: APIGatewayProxyEvent, kind: string): string | undefined {
  return parseNext(event.queryStringParameters?.['next'], kind);
}
