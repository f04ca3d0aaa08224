import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalStateError, parseDocument } from '../../protocol/local-state.ts';
import type { Schema } from '../../protocol/schema.ts';
import { Failure } from '../failure.ts';

/**
 * Reads a document of a local cloud's state directory.
 *
 * @returns undefined when it is not there.
 * @throws Failure `unexpected` when it is of another version, or not what a local cloud writes.
 */
export function readState<T>(directory: string, name: string, schema: Schema<T>): T | undefined {
  const file = join(directory, name);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return parseDocument(schema, text);
  } catch (error) {
    if (!(error instanceof LocalStateError)) throw error;
    throw new Failure(
      'unexpected',
      `${file} cannot be read: ${error.message}.`,
      error.code === 'version'
        ? `Use the sealroot of the clone that this local cloud runs from, or begin anew: stop it and remove ${file}.`
        : (suggest) => `Start it again: ${suggest('local down')}, then ${suggest('local up')}`,
      error,
    );
  }
}
