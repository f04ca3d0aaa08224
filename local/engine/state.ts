import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Makes a directory for the owner alone, and takes rights away from one that others could read. */
export function privateDirectory(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  return directory;
}

/**
 * A JSON document in the state directory, mode 0600. It is written beside and renamed, so that a crash leaves the
 * old or the new one and never half of either.
 */
export class StateFile<T> {
  private readonly file: string;
  private readonly empty: T;

  constructor(directory: string, name: string, empty: T) {
    this.file = path.join(directory, name);
    this.empty = empty;
  }

  read(): T {
    return existsSync(this.file) ? (JSON.parse(readFileSync(this.file, 'utf8')) as T) : this.empty;
  }

  write(value: T): void {
    const beside = `${this.file}.${String(process.pid)}.new`;
    writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    renameSync(beside, this.file);
  }
}
