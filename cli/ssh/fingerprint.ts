import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT } from '../../protocol/errors.ts';
import type { Session } from '../session.ts';
import { facts } from '../terminal/table.ts';
import { plain } from '../terminal/text.ts';
import { isSame, keyPairs, type KeyPair } from './account.ts';
import { fingerprintsOf, type Fingerprints } from './fingerprints.ts';
import { readKeys, type SshKey } from './key-file.ts';
import { KeyFormatError } from '../../protocol/ssh/wire.ts';

/** More than any file of keys. */
const MAX_BYTES = 1024 * 1024;

interface Read {
  readonly file: string;
  readonly key: SshKey;
  readonly fingerprints: Fingerprints;
}

interface Unread {
  readonly file: string;
  readonly error: string;
}

/** `ssh fingerprint`. @returns the exit code `usage` when a file could not be read; the others are shown. */
export async function showFingerprints(
  session: Session,
  files: readonly string[],
  options: { readonly account: boolean },
): Promise<number | undefined> {
  const all: (Read | Unread)[] = [];
  // One after the other: each may ask for a passphrase.
  for (const file of files) all.push(...(await read(session, file)));
  const keys = all.filter((each) => 'key' in each);
  const pairs = options.account && keys.length > 0 ? await keyPairs(session) : undefined;
  session.result({ keys: keys.map((key) => documented(key, pairs)) }, () =>
    keys.flatMap((key, index) => [...(index === 0 ? [] : ['']), ...lines(key, pairs)]),
  );
  if (typeof pairs === 'string') session.note(`\nThe key pairs of the account are not compared. ${pairs}`);
  const unread = all.filter((each) => 'error' in each);
  for (const { file, error } of unread)
    session.context.stderr.write(`sealroot: ${plain(file)} cannot be read: ${plain(error)}.\n`);
  return unread.length > 0 ? EXIT.usage : undefined;
}

async function read(session: Session, file: string): Promise<(Read | Unread)[]> {
  const { context } = session;
  try {
    const content = await readFile(resolve(context.cwd, file));
    if (content.length > MAX_BYTES) throw new KeyFormatError('it is larger than any file of keys');
    const keys = await readKeys(content.toString('utf8'), (again) =>
      context.askHidden(`${again ? 'That does not open it. ' : ''}Passphrase of ${plain(file)}: `),
    );
    return keys.map((key) => ({ file, key, fingerprints: fingerprintsOf(key) }));
  } catch (error) {
    if (context.signal.aborted || !(error instanceof Error)) throw error;
    if (error instanceof KeyFormatError) return [{ file, error: error.message }];
    if ('syscall' in error) return [{ file, error: error.message.replace(/, \w+ '.*$/, '') }];
    throw error;
  }
}

const matching = ({ key, fingerprints }: Read, pairs: readonly KeyPair[]): KeyPair[] =>
  pairs.filter((pair) => isSame(pair, key.blob, fingerprints));

function documented(key: Read, pairs: readonly KeyPair[] | string | undefined) {
  const { kind, bits, openssh, ec2, remark } = key.fingerprints;
  const found = typeof pairs === 'object' ? matching(key, pairs) : null;
  return {
    ...{ file: key.file, kind, ...(bits && { bits }), ...(key.key.comment && { comment: key.key.comment }) },
    ...{ openssh, ec2, ...(remark && { remark }) },
    keyPairs: found?.map(({ id, name, fingerprint }) => ({ id, name, fingerprint })) ?? null,
  };
}

function lines(key: Read, pairs: readonly KeyPair[] | string | undefined): string[] {
  const { kind, bits, openssh, ec2, remark } = key.fingerprints;
  const found = typeof pairs === 'object' ? matching(key, pairs) : undefined;
  const what = [kind, bits === undefined ? '' : `${bits} bits`, key.key.comment ?? ''];
  return facts([
    [plain(key.file), what.filter(Boolean).join(', ')],
    ['  OpenSSH', openssh.sha256],
    ['', openssh.md5],
    ...(ec2.created !== undefined && ec2.created === ec2.imported
      ? ([['  EC2', ec2.created]] as const)
      : ([
          ['  EC2, made by EC2', ec2.created],
          ['  EC2, imported', ec2.imported],
        ] as const)),
    ['  Not shown', remark],
    [
      '  Key pair',
      found && (found.map(({ name, id }) => `${name} (${id})`).join(', ') || 'none of the account'),
    ],
  ]);
}
