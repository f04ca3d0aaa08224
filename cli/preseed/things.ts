import { encodeBase64url } from '../../protocol/base64url.ts';
import type { Message } from '../../protocol/message.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/text.ts';
import { asText, readLocal } from './read.ts';

/** `LOCAL:/REMOTE[:MODE[:OWNER]]`; OWNER is a user, or `user:group`. */
const FILE = /^(.+?):(\/[^:]*)(?::(0?[0-7]{3})(?::([^:]+(?::[^:]+)?))?)?$/;
const KEY_FILE = /^(?:([a-z_][a-z0-9_-]{0,31})=)?(.+)$/;

/** A file for the instance. What is sent is usually nobody else's business, so root alone reads it by default. */
export async function fileMessage(session: Session, word: string): Promise<Message> {
  const [, local, path, mode = '0600', owner = 'root:root'] = FILE.exec(word) ?? [];
  if (local === undefined || path === undefined) {
    throw new Failure(
      'usage',
      `--file ${plain(word)}: write it as LOCAL:/REMOTE[:MODE[:OWNER]].`,
      'For example app.conf:/etc/app.conf:0640:root:www-data',
    );
  }
  const content = encodeBase64url(await readLocal(session, local));
  return { type: 'file', path, mode: mode.padStart(4, '0'), owner, content };
}

/** Every public key in a `.pub` or authorized_keys file, for `USER=FILE`, or for root. */
export async function keyMessages(session: Session, word: string): Promise<Message[]> {
  const [, user = 'root', file = ''] = KEY_FILE.exec(word) ?? [];
  const text = asText(await readLocal(session, file), file);
  if (text.includes('PRIVATE KEY-----')) {
    throw new Failure(
      'usage',
      `${plain(file)} is a private key.`,
      'Give the public half: the file that ends in .pub.',
    );
  }
  const keys = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length === 0) throw new Failure('usage', `${plain(file)} has no public key in it.`);
  return keys.map((key) => ({ type: 'authorized-key', user, key }));
}

export async function scriptMessage(session: Session, file: string): Promise<Message> {
  const bytes = await readLocal(session, file);
  if (bytes.toString('latin1', 0, 2) !== '#!') {
    throw new Failure('usage', `${plain(file)} does not begin with #! and the name of its interpreter.`);
  }
  return { type: 'script', content: encodeBase64url(bytes) };
}
