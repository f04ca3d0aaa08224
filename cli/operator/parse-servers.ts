import { integer, matching, objects, optional } from '../../protocol/fields.ts';
import { REJECT_REASONS, SERVER_ID, type HookResult, type HostKey } from '../../protocol/preseed.ts';
import type {
  MessageState,
  MessageStatus,
  SentMessages,
  Server,
  ServerList,
  ServerState,
} from '../../protocol/server.ts';
import { flag, oneOf, present, text, time } from './members.ts';

type Members = Record<string, unknown>;

const STATES: readonly ServerState[] = ['created', 'registered', 'configuring', 'finished', 'withdrawn'];
const MESSAGE_STATES: readonly MessageState[] = ['published', 'delivered', 'applied', 'rejected', 'expired'];
const STAGES: readonly HookResult['stage'][] = ['firstboot', 'everyboot'];
/** More than the API ever gives at once; beyond it something else is answering. */
const MOST = 10_000;

/** @throws MalformedError naming the first member that is not as protocol/server.ts says; so do the others here. */
export function parseServer(m: Members): Server {
  return {
    server: matching(m, 'server', SERVER_ID),
    for: text(m, 'for'),
    state: oneOf(m, 'state', STATES),
    contested: flag(m, 'contested'),
    ...present('instance', optional(m, 'instance', text)),
    created: time(m, 'created'),
    ...present('registered', optional(m, 'registered', time)),
    ...present('finished', optional(m, 'finished', time)),
    by: text(m, 'by'),
    hooks: objects(m, 'hooks', 0, MOST, parseHook),
    hostKeys: objects(m, 'hostKeys', 0, MOST, parseHostKey),
    ...present('messages', optional(m, 'messages', messages)),
  };
}

export function parseServerList(m: Members): ServerList {
  return {
    servers: objects(m, 'servers', 0, MOST, parseServer),
    ...present('next', optional(m, 'next', text)),
  };
}

export const parseSentMessages = (m: Members): SentMessages => ({ messages: messages(m, 'messages') });

const messages = (m: Members, field: string): MessageStatus[] => objects(m, field, 0, MOST, parseStatus);

function parseStatus(m: Members): MessageStatus {
  return {
    seq: integer(m, 'seq', 1, Number.MAX_SAFE_INTEGER),
    type: text(m, 'type'),
    state: oneOf(m, 'state', MESSAGE_STATES),
    ...present(
      'reason',
      optional(m, 'reason', (x, field) => oneOf(x, field, REJECT_REASONS)),
    ),
    bytes: integer(m, 'bytes', 0, Number.MAX_SAFE_INTEGER),
    sent: time(m, 'sent'),
    by: text(m, 'by'),
    expires: time(m, 'expires'),
    deliveries: integer(m, 'deliveries', 0, Number.MAX_SAFE_INTEGER),
  };
}

const parseHook = (m: Members): HookResult => ({
  stage: oneOf(m, 'stage', STAGES),
  name: text(m, 'name'),
  status: integer(m, 'status', 0, 255),
});

const parseHostKey = (m: Members): HostKey => ({
  type: text(m, 'type'),
  fingerprint: text(m, 'fingerprint'),
});
