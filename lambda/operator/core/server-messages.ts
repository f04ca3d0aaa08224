import {
  inside,
  integer,
  MalformedError,
  matching,
  objects,
  parseObject,
  uuid,
} from '../../../protocol/fields.ts';
import { parseMessage, type UnknownMessage } from '../../../protocol/message.ts';
import { SERVER_ID, type Message } from '../../../protocol/preseed.ts';
import {
  MAX_BATCH,
  MAX_LIFETIME_SECONDS,
  MAX_MESSAGE_BYTES,
  type CreateServer,
  type Resolution,
} from '../../../protocol/server.ts';
import { parseDecision } from './messages.ts';

/** What an operator calls a server: shown on terminals, so without control characters. */
const FOR = /^(?=.{1,100}$)[^\p{Cc}\p{Cs}]*$/u;

/** A message as it goes into its envelope. */
export interface Outgoing {
  readonly id: string;
  readonly lifetime: number;
  readonly type: string;
  /** UTF-8 of its JSON. */
  readonly plaintext: Buffer;
}

export function parseServerId(parameter: string | undefined): string {
  if (parameter === undefined || !SERVER_ID.test(parameter)) throw new MalformedError('server');
  return parameter;
}

export function parseCreateServer(body: string | null): CreateServer {
  const m = parseObject(body);
  return { server: matching(m, 'server', SERVER_ID), for: matching(m, 'for', FOR) };
}

export function parseSendMessages(body: string | null): readonly Outgoing[] {
  return objects(parseObject(body), 'messages', 1, MAX_BATCH, parseOutgoing);
}

export function parseResolution(body: string | null): Resolution {
  const decision = matching(parseObject(body), 'decision', /^(keep|reset)$/) as Resolution['decision'];
  return { decision, ...parseDecision(body) };
}

function parseOutgoing(m: Record<string, unknown>): Outgoing {
  const id = uuid(m, 'id');
  const lifetime = integer(m, 'lifetime', 1, MAX_LIFETIME_SECONDS);
  const message = inside<Message | UnknownMessage>('message', m['message'], parseMessage);
  const plaintext = Buffer.from(JSON.stringify(message));
  if (plaintext.length > MAX_MESSAGE_BYTES) throw new MalformedError('message');
  return { id, lifetime, type: message.type, plaintext };
}
