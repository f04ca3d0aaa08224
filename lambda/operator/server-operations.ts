import { SERVER_OPERATIONS } from '../../protocol/operations/servers.ts';
import type { Handlers } from '../platform/ports/api.ts';
import { operatorOperation } from './core/operation.ts';
import { sendMessages } from './core/publish.ts';
import { resolveServer, withdrawServer } from './core/server-decisions.ts';
import type { ServerDeps } from './core/server-deps.ts';
import { createServer, listServers, showServer } from './core/servers.ts';

interface OnServer {
  readonly parameters: { readonly server: string };
}
const server = ({ parameters }: OnServer) => ({ server: parameters.server });

/** Handlers of the operations on servers and their messages. */
export function serverHandlers(deps: ServerDeps): Handlers<typeof SERVER_OPERATIONS> {
  const {
    createServer: create,
    listServers: list,
    showServer: show,
    sendMessages: send,
    resolveServer: resolve,
    withdrawServer: withdraw,
  } = SERVER_OPERATIONS;
  return {
    createServer: operatorOperation(
      deps,
      create,
      ({ body }) => ({ server: body.server }),
      ({ body }, by) => createServer(deps, body, by),
    ),
    listServers: operatorOperation(
      deps,
      list,
      () => ({}),
      ({ query }) => listServers(deps, query.next),
    ),
    showServer: operatorOperation(deps, show, server, ({ parameters }) =>
      showServer(deps, parameters.server),
    ),
    sendMessages: operatorOperation(
      deps,
      send,
      ({ parameters, body }) => ({ server: parameters.server, count: body.messages.length }),
      ({ parameters, body }, by) => sendMessages(deps, parameters.server, body.messages, by),
    ),
    resolveServer: operatorOperation(
      deps,
      resolve,
      ({ parameters, body: { decision, reason } }) => ({ ...parameters, resolution: decision, reason }),
      ({ parameters, body }, by) => resolveServer(deps, parameters.server, by, body),
    ),
    withdrawServer: operatorOperation(
      deps,
      withdraw,
      ({ parameters, body: { reason } }) => ({ ...parameters, reason }),
      ({ parameters, body }, by) => withdrawServer(deps, parameters.server, by, body),
    ),
  };
}
