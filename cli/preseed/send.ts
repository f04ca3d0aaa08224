import { randomUUID } from 'node:crypto';
import { Message } from '../../protocol/message.ts';
import { MalformedError } from '../../protocol/schema.ts';
import { MAX_BATCH, MAX_MESSAGE_BYTES, type MessageStatus, type Server } from '../../protocol/server.ts';
import { Failure } from '../failure.ts';
import { connectOperator } from '../operator/connect.ts';
import type { Session } from '../session.ts';
import { plain, until } from '../terminal/text.ts';
import { called, findServer } from './find.ts';
import { shownOnTerminal, totpMessage, type TotpMessage } from './second-factor.ts';
import { fileMessage, keyMessages, scriptMessage } from './things.ts';
import { collectValues } from './values.ts';

export interface SendOptions {
  readonly valueFile: readonly string[];
  readonly stdin?: string;
  readonly from: readonly string[];
  readonly file: readonly string[];
  readonly authorizedKey: readonly string[];
  readonly script: readonly string[];
  readonly totp: readonly string[];
  /** Seconds. */
  readonly expires: number;
}

/**
 * One call publishes everything or nothing. The ids of the messages are drawn once, so that a call which is repeated
 * because its answer was lost publishes nothing twice.
 */
export async function sendMessages(
  session: Session,
  word: string,
  words: readonly string[],
  options: SendOptions,
): Promise<void> {
  const operator = await connectOperator(session);
  const server = await operator.showServer(await findServer(session, operator, word));
  mustTakeMessages(session, server);
  const factors = options.totp.map(totpMessage);
  const show = factors.length === 0 ? undefined : shownOnTerminal(session);
  const things = await collectThings(session, options, factors);
  const values = await collectValues(session, { ...options, words });
  const isSaid = Object.keys(values).length > 0;
  const messages: Message[] = [...(isSaid ? [{ type: 'inithooks', values } as const] : []), ...things];
  checkBatch(session, server, messages);
  const batch = messages.map((message) => ({ id: randomUUID(), lifetime: options.expires, message }));
  const sent = await operator.sendMessages(server.server, { messages: batch }).catch((error: unknown) => {
    throw unsure(session, server, error);
  });
  session.result(sent, () => [
    `Published for ${called(server)}:`,
    ...sent.messages.map((message) => line(message, session.context.now())),
  ]);
  show?.(server.for, factors);
  session.note(`\nSee what becomes of it:  ${session.suggest(`preseed status ${server.server}`)}`);
}

/** Refuses what the API would refuse, before anybody has typed a password. */
function mustTakeMessages(session: Session, server: Server): void {
  const { state, contested } = server;
  if (state !== 'created' && state !== 'registered') {
    throw new Failure('conflict', `${called(server)} is ${state}: nothing can be sent to it any more.`);
  }
  if (contested) {
    throw new Failure(
      'conflict',
      `${called(server)} is CONTESTED: nothing goes to it or from it until a custodian decides.`,
      `See what happened: ${session.suggest(`preseed status ${server.server}`)}`,
    );
  }
}

async function collectThings(
  session: Session,
  options: SendOptions,
  factors: readonly TotpMessage[],
): Promise<Message[]> {
  const things: Message[] = [];
  for (const word of options.authorizedKey) things.push(...(await keyMessages(session, word)));
  for (const word of options.file) things.push(await fileMessage(session, word));
  things.push(...factors);
  for (const word of options.script) things.push(await scriptMessage(session, word));
  for (const message of things) checkContent(message);
  return things;
}

/** The same rules as the service and the instance have. */
function checkContent(message: Message): void {
  try {
    Message.parse(message);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new Failure(
      'usage',
      `${nameOf(message)}: the ${error.field} is not one that an instance would take.`,
    );
  }
}

function checkBatch(session: Session, server: Server, messages: readonly Message[]): void {
  if (messages.length === 0) {
    throw new Failure(
      'usage',
      'Nothing to send.',
      `Name a value, or a file: ${session.suggest(`preseed send ${server.server} ROOT_PASS`)}`,
    );
  }
  if (messages.length > MAX_BATCH) {
    throw new Failure('usage', `These are ${messages.length} messages; ${MAX_BATCH} can be sent at once.`);
  }
  for (const message of messages) {
    const bytes = Buffer.byteLength(JSON.stringify(message));
    if (bytes <= MAX_MESSAGE_BYTES) continue;
    throw new Failure(
      'usage',
      `${nameOf(message)} is too large: ${bytes} bytes as a message, and ${MAX_MESSAGE_BYTES} is the most.`,
      message.type === 'file' ? 'Have a script fetch what is larger than 48 KiB.' : undefined,
    );
  }
}

/** Names the one that is meant, without a word of what is in it. */
function nameOf(message: Message): string {
  if (message.type === 'file') return `The file for ${plain(message.path)}`;
  if (message.type === 'inithooks') return 'The list of values';
  return message.type === 'script' ? 'The script' : `The ${message.type} for ${plain(message.user)}`;
}

/** The API may have done it and only the answer be lost: another invocation would draw other ids. */
function unsure(session: Session, server: Server, error: unknown): unknown {
  if (!(error instanceof Failure) || error.code !== 'unavailable') return error;
  const look = session.suggest(`preseed status ${server.server}`);
  return new Failure(
    error.code,
    error.message,
    `It may have arrived. Look before you repeat it: ${look}`,
    error,
  );
}

const line = ({ seq, type, bytes, expires }: MessageStatus, now: number): string =>
  `  ${seq}  ${plain(type)}, ${bytes} bytes, expires ${until(expires, now)}`;
