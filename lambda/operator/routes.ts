import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Decision } from '../../protocol/operator.ts';
import { OPERATOR_ROUTES } from '../../protocol/routes.ts';
import { api, type ApiHandler, type RouteHandler } from '../platform/api-gateway.ts';
import { answer, type Attempt } from './core/answers.ts';
import type { Deps } from './core/deps.ts';
import { destroyVolume, keepVolume, recoverVolume } from './core/destruction.ts';
import { parseDecision, parseDestruction, parseLuks, parseNext, parseRequestId } from './core/messages.ts';
import type { OperatorFailure } from './core/outcome.ts';
import { decide, listRequests, showRequest } from './core/requests.ts';
import { changeState, listVolumes, showVolume, type Done } from './core/volumes.ts';

const MAX_BODY_BYTES = 4096;

/** The regional API: parses, hands over to the core, and turns its answers into HTTP. */
export const operatorApi = (deps: Deps): ApiHandler =>
  api(
    OPERATOR_ROUTES,
    {
      listVolumes: async (event) =>
        answer(deps, attempt(event, 'list-volumes'), await listVolumes(deps, after(event, 'volume'))),
      showVolume: async (event) => {
        const luks = parseLuks(event.pathParameters?.['luks']);
        return answer(deps, { ...attempt(event, 'show-volume'), luks }, await showVolume(deps, luks));
      },
      revokeVolume: volumeCall(deps, 'revoke', parseDecision, (luks, by, body) =>
        changeState(deps, luks, 'revoke', by, body),
      ),
      restoreVolume: volumeCall(deps, 'restore', parseDecision, (luks, by, body) =>
        changeState(deps, luks, 'restore', by, body),
      ),
      recoverVolume: volumeCall(deps, 'recover', parseDecision, (luks) => recoverVolume(deps, luks)),
      destroyVolume: volumeCall(deps, 'destroy', parseDestruction, (luks, by, body) =>
        destroyVolume(deps, luks, by, body),
      ),
      keepVolume: volumeCall(deps, 'keep', parseDecision, (luks, by, body) =>
        keepVolume(deps, luks, by, body),
      ),
      listRequests: async (event) =>
        answer(deps, attempt(event, 'list-requests'), await listRequests(deps, after(event, 'request'))),
      showRequest: async (event) => {
        const id = parseRequestId(event.pathParameters?.['id']);
        return answer(deps, { ...attempt(event, 'show-request'), pending: id }, await showRequest(deps, id));
      },
      approveRequest: decision(deps, 'approved'),
      denyRequest: decision(deps, 'denied'),
    },
    { maxBodyBytes: MAX_BODY_BYTES, audit: deps.audit },
  );

function volumeCall<B extends Decision>(
  deps: Deps,
  action: string,
  parse: (body: string | null) => B,
  perform: (luks: string, by: string, body: B) => Promise<Done<object> | OperatorFailure>,
): RouteHandler {
  return async (event) => {
    const luks = parseLuks(event.pathParameters?.['luks']);
    const body = parse(event.body);
    const result = await perform(luks, caller(event), body);
    return answer(deps, { ...attempt(event, action), luks, reason: body.reason }, result);
  };
}

function decision(deps: Deps, outcome: 'approved' | 'denied'): RouteHandler {
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
