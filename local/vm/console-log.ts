import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FILES } from './qemu/argv.ts';

const POLL_MS = 100;

/** The log of an instance's serial console, through all its boots. */
export class ConsoleLog {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, FILES.consoleLog);
  }

  /** Bytes so far. */
  size(): number {
    return existsSync(this.#path) ? statSync(this.#path).size : 0;
  }

  /** @param offset in bytes. */
  read(offset = 0): string {
    const bytes = Buffer.alloc(Math.max(0, this.size() - offset));
    if (bytes.length === 0) return '';
    const file = openSync(this.#path, 'r');
    try {
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset)).toString('utf8');
    } finally {
      closeSync(file);
    }
  }

  /**
   * Waits for a text to appear.
   *
   * @param from where to begin in what {@link read} gives, characters.
   * @throws Error with the last lines when it has not appeared in time.
   */
  async waitFor(pattern: RegExp, timeoutMs: number, from = 0): Promise<RegExpMatchArray> {
    const once = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    const deadline = Date.now() + timeoutMs;
    for (let seen = -1; ;) {
      const size = this.size();
      if (size !== seen) {
        seen = size;
        const match = once.exec(this.read().slice(from));
        if (match !== null) return match;
      }
      if (Date.now() > deadline) {
        const tail = this.read().slice(from).trimEnd().split('\n').slice(-20).join('\n');
        throw new Error(
          `no ${String(pattern)} on the console within ${timeoutMs / 1000} s; it ends:\n${tail}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
