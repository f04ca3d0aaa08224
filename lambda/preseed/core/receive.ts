import { encryptDirect } from '../../../protocol/jose/direct.ts';
import { messageKey } from '../../../protocol/preseed-keys.ts';
import {
  MAX_RECEIVED_BYTES,
  MAX_RECEIVED_MESSAGES,
  type MessageHeader,
  type ReceiveRequest,
  type ReceiveResponse,
} from '../../../protocol/preseed.ts';
import { TYP } from '../../../protocol/release.ts';
import type { MessageState } from '../../../protocol/server.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import { messageItemKey, seqOf, type MessageItem, type ServerItem } from '../../domain/mailbox/items.ts';
import { messageContext, openBody } from '../../domain/mailbox/sealing.ts';
import { settle } from '../../domain/mailbox/settle.ts';
import type { Answered } from '../../domain/instances/operation.ts';
import { CONTENTION } from '../../domain/instances/outcome.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import type { Deps } from './deps.ts';
import { refused, type Failure } from './outcome.ts';
import { authorize, openSecret } from './registration.ts';

const LEASE_SECONDS = 60;
const MAX_SEALED_BYTES = 1024;
const SETTLED: readonly MessageState[] = ['applied', 'rejected', 'expired'];

/** A message that was opened, and not handed out yet. */
interface Readable {
  readonly message: MessageItem;
  readonly plaintext: Buffer;
}

/**
 * Leases the next messages to the instance that is registered, in order. A message that has expired or does not open is
 * settled on the way, and does not stop the ones after it.
 */
export async function receive(
  deps: Deps,
  caller: Caller,
  request: ReceiveRequest,
): Promise<Answered<ReceiveResponse> | Failure> {
  const server = authorize(await deps.mailbox.server(request.server), caller, request.subkey);
  if (server.kind === 'refused') return server;
  if (server.state === 'finished') return refused('finished');
  /** Numbers that do not open at rest: given up on the way. */
  const unreadable: number[] = [];
  const { found, more } = await collect(deps, server, request.after, unreadable);
  const messages = found.length === 0 ? [] : await handOut(deps, server, found);
  if ('kind' in messages) return messages;
  return {
    kind: 'answered',
    answer: { v: 1, messages, more },
    audit: [
      ...unreadable.map((seq) => ({ decision: 'rejected', reason: 'unreadable', seq, alarm: true }) as const),
      { decision: messages.length === 0 ? 'empty' : 'delivered', count: messages.length },
    ],
  };
}

async function collect(
  deps: Deps,
  server: ServerItem,
  after: number,
  unreadable: number[],
): Promise<{ found: Readable[]; more: boolean }> {
  const found: Readable[] = [];
  let bytes = 0;
  for (let from = after; ;) {
    const { items, more } = await deps.mailbox.page(server.server, from, server.last);
    const opened = await Promise.all(items.map((message) => openAtRest(deps, server, message)));
    for (const [index, message] of items.entries()) {
      const result = opened[index];
      // A later message would overtake it.
      if (result === 'leased') return { found, more: false };
      if (result === 'unreadable') unreadable.push(seqOf(message));
      if (!Buffer.isBuffer(result)) continue;
      const isFull = found.length === MAX_RECEIVED_MESSAGES || bytes + result.length > MAX_RECEIVED_BYTES;
      if (isFull && found.length > 0) return { found, more: true };
      found.push({ message, plaintext: result });
      bytes += result.length;
    }
    const last = items.at(-1);
    if (!more || last === undefined) return { found, more: false };
    from = seqOf(last);
  }
}

/** @returns the plaintext, or why it is not handed out; what expired or does not open has been settled then. */
async function openAtRest(
  deps: Deps,
  server: ServerItem,
  message: MessageItem,
): Promise<Buffer | 'settled' | 'leased' | 'unreadable'> {
  if (SETTLED.includes(message.state)) return 'settled';
  const now = deps.clock();
  const isElsewhere = message.holder !== undefined && message.holder !== server.key;
  if (isElsewhere && (message.lease ?? 0) > now) return 'leased';
  const plaintext = await openMessage(deps, server.server, message);
  if (plaintext === undefined) {
    await settle(deps.mailbox, message, { state: 'rejected', reason: 'unreadable' }, now);
    return 'unreadable';
  }
  if (message.exp > now) return plaintext;
  plaintext.fill(0);
  await settle(deps.mailbox, message, { state: 'expired' }, now);
  return 'settled';
}

/** Opens a message without trusting the table: its number is taken from the key, the rest is authenticated. */
async function openMessage(deps: Deps, server: string, message: MessageItem): Promise<Buffer | undefined> {
  const { body, key, type, exp } = message as { [Member in keyof MessageItem]?: unknown };
  if (typeof body !== 'string' || typeof key !== 'string') return undefined;
  if (typeof type !== 'string' || typeof exp !== 'number') return undefined;
  const sealed = Buffer.from(key, 'base64url');
  // KMS takes another length for a mistake of the caller, and not for an answer.
  if (sealed.length === 0 || sealed.length > MAX_SEALED_BYTES) return undefined;
  const dataKey = await deps.openKey(sealed, messageContext(deps.settings.stage, server));
  if (dataKey === undefined) return undefined;
  const plaintext = openBody(body, dataKey, { server, seq: seqOf(message), type, exp });
  dataKey.fill(0);
  return plaintext;
}

async function handOut(
  deps: Deps,
  server: ServerItem,
  found: readonly Readable[],
): Promise<string[] | Failure> {
  const secret = await openSecret(deps, server);
  if (!Buffer.isBuffer(secret)) return secret;
  try {
    const leased = await Promise.all(found.map(({ message }) => lease(deps, server, message)));
    if (leased.includes(undefined)) return CONTENTION;
    return found.filter((_, index) => leased[index]).map((each) => encrypt(secret, server.server, each));
  } finally {
    secret.fill(0);
    for (const { plaintext } of found) plaintext.fill(0);
  }
}

/** @returns false when it has been settled meanwhile, undefined when it keeps changing: leaving it out would reorder. */
function lease(deps: Deps, server: ServerItem, message: MessageItem): Promise<boolean | undefined> {
  const seq = seqOf(message);
  const key = messageItemKey(server.server, seq);
  let current: MessageItem | undefined = message;
  return decideAnew(async () => {
    if (current === undefined || SETTLED.includes(current.state)) return false;
    const { state, deliveries } = current;
    const set: Partial<MessageItem> = {
      state: 'delivered',
      deliveries: (typeof deliveries === 'number' ? deliveries : 0) + 1,
      holder: server.key,
      lease: deps.clock() + LEASE_SECONDS,
    };
    if (await deps.mailbox.change(key, { state, deliveries }, set)) return true;
    current = await deps.mailbox.message(server.server, seq);
    return AGAIN;
  }, undefined);
}

function encrypt(secret: Buffer, server: string, { message, plaintext }: Readable): string {
  const seq = seqOf(message);
  const header: MessageHeader = {
    alg: 'dir',
    enc: 'A256GCM',
    typ: TYP.message,
    server,
    seq,
    exp: message.exp,
  };
  const key = messageKey(secret, server, seq);
  const jwe = encryptDirect(plaintext, key, header);
  key.fill(0);
  return jwe;
}
