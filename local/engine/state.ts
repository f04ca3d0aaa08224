import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** Makes a directory for the owner alone, and takes rights away from one that others could read. */
export function privateDirectory(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  return directory;
}

/** The text form of a document. */
export interface Format<T> {
  write(value: T): string;
  /** @throws Error that says what is wrong with the text. */
  read(text: string): T;
}

/**
 * A document in the state directory, mode 0600. A write is on the disk when it returns, and whole or not at all: after a
 * power cut there is the old document or the new one.
 */
export class StateFile<T> {
  private readonly file: string;
  private readonly empty: T;
  private readonly format: Format<T>;

  /**
   * @param empty value of a file that is not there.
   * @param format default JSON.
   */
  constructor(directory: string, name: string, empty: T, format: Format<T> = json()) {
    this.file = path.join(directory, name);
    this.empty = empty;
    this.format = format;
  }

  /** @throws Error naming the file when it does not hold what it should. */
  read(): T {
    if (!existsSync(this.file)) return this.empty;
    try {
      return this.format.read(readFileSync(this.file, 'utf8'));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${this.file} cannot be read: ${why}`, { cause: error });
    }
  }

  write(value: T): void {
    const beside = `${this.file}.${String(process.pid)}.new`;
    writeFileSync(beside, this.format.write(value), { mode: 0o600, flush: true });
    renameSync(beside, this.file);
    flushDirectory(path.dirname(this.file));
  }
}

const json = <T>(): Format<T> => ({
  write: (value) => `${JSON.stringify(value, null, 2)}\n`,
  read: (text) => JSON.parse(text) as T,
});

/** A rename is on the disk when its directory is (fsync(2)). */
function flushDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
