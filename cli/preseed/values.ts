import { MalformedError } from '../../protocol/schema.ts';
import { Message } from '../../protocol/message.ts';
import { MAX_MESSAGE_BYTES } from '../../protocol/server.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/text.ts';
import { asText, readLocal, withoutLastLineFeed } from './read.ts';
import { valuesIn } from './value-lists.ts';

/** Sources of values for inithooks. */
export interface ValueSources {
  /** `KEY` is asked for, `KEY=value` is taken as it is. */
  readonly words: readonly string[];
  /** `KEY=FILE`. */
  readonly valueFile: readonly string[];
  /** The KEY whose value is all of stdin. */
  readonly stdin?: string;
  /** Lists of values; `-` is stdin. */
  readonly from: readonly string[];
}

const STDIN = '-';
/** Asked for twice: nobody sees what was typed, and it may be the only way in. */
const TYPED_TWICE = /PASS(WORD|PHRASE)?$/;
const TRIES = 3;

/**
 * Values by their names. What has to be typed is asked for last, when everything else is known to be in order.
 *
 * @throws Failure `usage`; no message repeats a value.
 */
export async function collectValues(
  session: Session,
  sources: ValueSources,
): Promise<Readonly<Record<string, string>>> {
  const values = new Map<string, string>();
  const add = (key: string, value: string): void => {
    if (values.has(key)) throw new Failure('usage', `${plain(key)} is given more than once.`);
    check(key, value);
    values.set(key, value);
  };
  oneUserOfStdin(sources);
  for (const file of sources.from) {
    const bytes = file === STDIN ? await fromStdin(session) : await readLocal(session, file);
    const where = file === STDIN ? 'What comes from stdin' : file;
    for (const [key, value] of valuesIn(asText(bytes, where), where)) add(key, value);
  }
  for (const word of sources.valueFile) {
    const [key, file] = split(word, '--value-file');
    add(key, withoutLastLineFeed(asText(await readLocal(session, file), file)));
  }
  if (sources.stdin !== undefined) {
    const bytes = await fromStdin(session);
    add(sources.stdin, withoutLastLineFeed(asText(bytes, 'What comes from stdin')));
  }
  const given = sources.words.filter((word) => word.includes('='));
  for (const word of given) add(...split(word, 'a value'));
  if (given.length > 0) {
    session.note(
      'Values on a command line can be seen in the process list, and stay in the shell’s history.',
    );
  }
  const asked = sources.words.filter((word) => !word.includes('='));
  for (const key of asked) check(key, '');
  for (const key of asked) add(key, await ask(session, key));
  return Object.fromEntries(values);
}

function oneUserOfStdin({ stdin, from }: ValueSources): void {
  const users = from.filter((file) => file === STDIN).length + (stdin === undefined ? 0 : 1);
  if (users > 1) throw new Failure('usage', 'stdin can be read only once: for --stdin, or for one --from -.');
}

function split(word: string, what: string): [string, string] {
  const at = word.indexOf('=');
  if (at < 1) throw new Failure('usage', `Write ${what} as KEY=...`);
  return [word.slice(0, at), word.slice(at + 1)];
}

async function ask(session: Session, key: string): Promise<string> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const value = await typed(session, key, `${key}: `);
    const again = TYPED_TWICE.test(key) ? await typed(session, key, `${key} once more: `) : value;
    if (value === '') session.note('Nothing was typed.');
    else if (value === again) return value;
    else session.note('These were two different ones.');
  }
  throw new Failure('usage', `No value for ${key} after ${TRIES} tries. Nothing was sent.`);
}

async function fromStdin(session: Session): Promise<Buffer> {
  return session.context.readInput(MAX_MESSAGE_BYTES).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : 'it ended early';
    throw new Failure('usage', `stdin cannot be taken: ${plain(why)}.`, undefined, error);
  });
}

async function typed(session: Session, key: string, question: string): Promise<string> {
  const value = await session.context.askHidden(question).catch((error: unknown) => {
    if (session.context.signal.aborted) throw error;
    throw new Failure('interrupted', 'Nothing was sent.', undefined, error);
  });
  if (value !== undefined) return value;
  throw new Failure(
    'usage',
    `${key} has to be typed, and there is no terminal.`,
    `Take it from a file (--value-file ${key}=FILE, --from FILE) or from stdin (--stdin ${key}).`,
  );
}

/** The same rules as the service and the instance have, said before anything is sent. */
function check(key: string, value: string): void {
  try {
    Message.parse({ type: 'inithooks', values: { [key]: value } });
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const isName = value !== '' && isSettable(key);
    throw new Failure(
      'usage',
      isName
        ? `The value of ${key} has a character that a shell variable cannot hold.`
        : `${plain(key)} cannot be set.`,
      isName
        ? 'What is not text can be sent with --file.'
        : 'A name is capital letters, digits and underscores, and not one that shells or programs act on, such as PATH or LD_PRELOAD.',
    );
  }
}

function isSettable(key: string): boolean {
  try {
    check(key, '');
    return true;
  } catch {
    return false;
  }
}
