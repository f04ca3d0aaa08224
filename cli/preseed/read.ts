import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/text.ts';

/** @throws Failure `usage` when it cannot be read. */
export async function readLocal(session: Session, file: string): Promise<Buffer> {
  try {
    return await readFile(resolve(session.context.cwd, file));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'no such file';
    throw new Failure('usage', `${plain(file)} cannot be read: ${plain(why)}`, undefined, error);
  }
}

/** @throws Failure `usage` when it is not UTF-8: values travel as text, and nothing is changed silently. */
export function asText(bytes: Buffer, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Failure(
      'usage',
      `${plain(where)} is not UTF-8 text.`,
      'What is not text can be sent with --file.',
      error,
    );
  }
}

/** Editors and `echo` end a file with a line feed that nobody means to be part of a password. */
export const withoutLastLineFeed = (text: string): string => text.replace(/\r?\n$/, '');
