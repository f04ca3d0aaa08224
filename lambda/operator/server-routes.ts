import type { APIGatewayProxyEvent } from 'aws-lambda';
import { SERVER_ROUTES } from '../../protocol/routes.ts';
import { api, type ApiHandler } from '../platform/api-gateway.ts';
import { answer, type Attempt } from './core/answers.ts';
import { parseDecision, parseNext } from './core/messages.ts';
import { sendMessages } from './core/publish.ts';
import { resolveServer, withdrawServer } from './core/server-decisions.ts';
import type { ServerDeps } from './core/server-deps.ts';
import {
  parseCreateServer,
  parseResolution,
  parseSendMessages,
  parseServerId,
} from './core/server-messages.ts';
import { createServer, listServers, showServer } from './core/servers.ts';

const MAX_BODY_BYTES = 4096;
/** Twenty messages of 64 KiB, and room for how JSON may spell them. */
const MAX_BATCH_BYTES = 2_000_000;

/** Servers and their messages: the other half of the regional API. */
export function serverApi(deps: ServerDeps): ApiHandler {
  const { sendMessages: sendRoute, ...small } = SERVER_ROUTES;
  const send = api(
    { sendMessages: sendRoute },
    {
      sendMessages: async (event) => {
        const server = parseServerId(event.pathParameters?.['server']);
        const messages = parseSendMessages(event.body);
        const result = await sendMessages(deps, server, messages, caller(event));
        return answer(deps, { ...attempt(event, 'send-messages'), server, count: messages.length }, result);
      },
    },
    { maxBodyBytes: MAX_BATCH_BYTES, audit: deps.audit },
  );
  const others = api(small, handlers(deps), { maxBodyBytes: MAX_BODY_BYTES, audit: deps.audit });
  const isSend = ({ httpMethod, resource }: APIGatewayProxyEvent): boolean =>
    httpMethod === sendRoute.method && resource === sendRoute.path;
  return (event) => (isSend(event) ? send(event) : others(event));
}

type SmallRoutes = Omit<typeof SERVER_ROUTES, 'sendMessages'>;

function handlers(deps: ServerDeps): Parameters<typeof api<keyof SmallRoutes>>[1] {
  return {
    createServer: async (event) => {
      const body = parseCreateServer(event.body);
      const { server } = body;
      const result = await createServer(deps, body, caller(event));
      return answer(deps, { ...attempt(event, 'create-server'), server }, result);
    },
    listServers: async (event) => {
      const after = parseNext(event.queryStringParameters?.['next'], 'server');
      return answer(deps, attempt(event, 'list-servers'), await listServers(deps, after));
    },
    showServer: async (event) => {
      const server = parseServerId(event.pathParameters?.['server']);
      return answer(deps, { ...attempt(event, 'show-server'), server }, await showServer(deps, server));
    },
    resolveServer: async (event) => {
      const server = parseServerId(event.pathParameters?.['server']);
      const body = parseResolution(event.body);
      const { decision, reason } = body;
      const result = await resolveServer(deps, server, caller(event), body);
      return answer(deps, { ...attempt(event, `resolve-server-${decision}`), server, reason }, result);
    },
    withdrawServer: async (event) => {
      const server = parseServerId(event.pathParameters?.['server']);
      const body = parseDecision(event.body);
      const result = await withdrawServer(deps, server, caller(event), body);
      return answer(deps, { ...attempt(event, 'withdraw-server'), server, reason: body.reason }, result);
    },
  };
}

function attempt(event: APIGatewayProxyEvent, action: string): Attempt {
  return { request: event.requestContext.requestId, action, by: caller(event) };
}

/** ARN of the person or script; IAM authorization has made sure that there is one. */
function caller(event: APIGatewayProxyEvent): string {
  return event.requestContext.identity.userArn ?? '';
}
