import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { ReadStream } from 'node:tty';
import { writeSync } from 'node:fs';

/** The person at the controlling terminal, who is there even when stdin and stdout are pipes. */
export interface Terminal {
  write(text: string): void;
  /** Asks for a line. @throws AbortError on Ctrl-C, Error when the terminal is closed. */
  ask(question: string): Promise<string>;
  close(): void;
}

/**
 * Opens /dev/tty. Not stdin: a program that an AWS SDK runs for credentials (credential_process) has pipes there.
 *
 * @returns undefined when the process has no controlling terminal.
 */
export function openTerminal(signal: AbortSignal): Terminal | undefined {
  let output: number;
  let input: ReadStream;
  try {
    output = openSync('/dev/tty', 'w');
    input = new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined;
  }
  const lines = createInterface({ input, terminal: false });
  const waiting: string[] = [];
  let next: ((line: string | undefined) => void) | undefined;
  let closed = false;
  lines.on('line', (line) => {
    if (next === undefined) waiting.push(line);
    else next(line);
  });
  lines.once('close', () => {
    closed = true;
    next?.(undefined);
  });
  return {
    write: (text) => void writeSync(output, text),
    ask: async (question) => {
      signal.throwIfAborted();
      writeSync(output, question);
      const line =
        waiting.shift() ??
        (closed
          ? undefined
          : await new Promise<string | undefined>((resolve, reject) => {
              next = resolve;
              signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
            }));
      next = undefined;
      if (line === undefined) throw new Error('the terminal was closed');
      return line;
    },
    close: () => {
      lines.close();
      input.destroy();
      closeSync(output);
    },
  };
}
