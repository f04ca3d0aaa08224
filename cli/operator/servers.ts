import { SERVER_ROUTES } from '../../protocol/routes.ts';
import type { CreateServer, Resolution, SendMessages, SentMessages, Server } from '../../protocol/server.ts';
import type { Decision } from '../../protocol/operator.ts';
import type { Calls } from './calls.ts';
import { parseSentMessages, parseServer, parseServerList } from './parse-servers.ts';

/** The operator API's other half: servers that are preseeded. */
export interface Servers {
  createServer(server: CreateServer): Promise<Server>;
  listServers(): Promise<Server[]>;
  showServer(server: string): Promise<Server>;
  sendMessages(server: string, batch: SendMessages): Promise<SentMessages>;
  resolveServer(server: string, resolution: Resolution): Promise<Server>;
  withdrawServer(server: string, decision: Decision): Promise<Server>;
}

export const createServers = (calls: Calls): Servers => ({
  createServer: (body) => calls.one(SERVER_ROUTES.createServer, parseServer, { body }),
  listServers: () =>
    calls.all(SERVER_ROUTES.listServers, (m) => {
      const { servers, next } = parseServerList(m);
      return { items: servers, next };
    }),
  showServer: (id) => calls.one(SERVER_ROUTES.showServer, parseServer, { id }),
  sendMessages: (id, body) => calls.one(SERVER_ROUTES.sendMessages, parseSentMessages, { id, body }),
  resolveServer: (id, body) => calls.one(SERVER_ROUTES.resolveServer, parseServer, { id, body }),
  withdrawServer: (id, body) => calls.one(SERVER_ROUTES.withdrawServer, parseServer, { id, body }),
});
