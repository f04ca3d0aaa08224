import { READERS, type AccessRole } from '../access.ts';
import { Decision, NextPage } from '../operator.ts';
import { ServerId } from '../preseed.ts';
import { optional, withDefault } from '../schema.ts';
import { CreateServer, Resolution, SendMessages, SentMessages, Server, ServerList } from '../server.ts';
import type { Operations } from './operation.ts';

/** Twenty messages of 64 KiB, and room for how JSON may spell them. */
const MAX_BATCH_BYTES = 2_000_000;
const SERVER = { server: ServerId };

/** The operator API: servers that are preseeded, and their messages. */
export const SERVER_OPERATIONS = {
  createServer: {
    method: 'POST',
    path: '/v1/preseed/servers',
    summary: 'Make a server; repeating it with the same id and name changes nothing',
    callers: ['operator'],
    audit: 'create-server',
    request: CreateServer,
    answer: Server,
    failures: ['conflict'],
  },
  listServers: {
    method: 'GET',
    path: '/v1/preseed/servers',
    summary: 'List servers, in pages',
    callers: READERS,
    audit: 'list-servers',
    query: { next: optional(NextPage) },
    answer: ServerList,
    items: 'servers',
    failures: [],
  },
  showServer: {
    method: 'GET',
    path: '/v1/preseed/servers/{server}',
    summary: 'Show a server and what became of its messages',
    callers: READERS,
    audit: 'show-server',
    parameters: SERVER,
    answer: Server,
    failures: ['not-found'],
  },
  sendMessages: {
    method: 'POST',
    path: '/v1/preseed/servers/{server}/messages',
    summary: 'Publish messages, in order; one of an id that was sent before is not sent again',
    callers: ['operator'],
    audit: 'send-messages',
    parameters: SERVER,
    request: SendMessages,
    answer: SentMessages,
    failures: ['not-found', 'conflict'],
    maxBodyBytes: MAX_BATCH_BYTES,
  },
  resolveServer: {
    method: 'POST',
    path: '/v1/preseed/servers/{server}/resolve',
    summary: 'Decide on a contested server',
    // A decision on a contested server decides which instance gets its messages.
    callers: ['custodian'],
    audit: 'resolve-server',
    parameters: SERVER,
    request: Resolution,
    answer: Server,
    failures: ['not-found', 'conflict'],
  },
  withdrawServer: {
    method: 'POST',
    path: '/v1/preseed/servers/{server}/withdraw',
    summary: 'Call a server off and erase what it was to be told',
    callers: ['operator', 'custodian'],
    audit: 'withdraw-server',
    parameters: SERVER,
    request: withDefault(Decision, {}),
    answer: Server,
    failures: ['not-found', 'conflict'],
  },
} as const satisfies Operations<AccessRole>;
