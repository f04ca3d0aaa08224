import { closeSync, openSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { ReadStream } from 'node:tty';

/** State of a line that is being typed. */
type Typed = 'typing' | 'done' | 'interrupted' | 'closed';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const ERASE = new Set(['\b', '\u007f']);
const ENTER = new Set(['\r', '\n']);

/** A line that is typed on a terminal which shows nothing of it, with the keys that a terminal's own line has. */
export class HiddenLine {
  private readonly decoder = new StringDecoder('utf8');
  private symbols: string[] = [];

  get text(): string {
    return this.symbols.join('');
  }

  /** Takes what came from the terminal; what is behind the end of the line is dropped. */
  feed(bytes: Buffer): Typed {
    for (const symbol of this.decoder.write(bytes)) {
      if (ENTER.has(symbol)) return 'done';
      if (symbol === CTRL_C) return 'interrupted';
      if (symbol === CTRL_D) return this.symbols.length === 0 ? 'closed' : 'done';
      if (symbol === CTRL_U) this.symbols = [];
      else if (ERASE.has(symbol)) this.symbols.pop();
      else if (symbol >= ' ' || symbol === '\t') this.symbols.push(symbol);
    }
    return 'typing';
  }
}

/**
 * Asks on the controlling terminal, which is there even when stdin is a pipe, without showing what is typed.
 *
 * @returns undefined when there is no terminal.
 * @throws Error `closed` on Ctrl-D; `interrupt` is called on Ctrl-C, and the signal's reason thrown.
 */
export async function askHidden(
  question: string,
  signal: AbortSignal,
  interrupt: () => void,
): Promise<string | undefined> {
  let output: number;
  let input: ReadStream;
  try {
    output = openSync('/dev/tty', 'w');
    input = new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return undefined;
  }
  const line = new HiddenLine();
  try {
    signal.throwIfAborted();
    input.setRawMode(true);
    writeSync(output, question);
    const ended = await lineEnd(input, line, signal);
    writeSync(output, '\n');
    if (ended === 'interrupted') interrupt();
    signal.throwIfAborted();
    if (ended === 'closed') throw new Error('the terminal was closed');
    return line.text;
  } finally {
    input.setRawMode(false);
    input.destroy();
    closeSync(output);
  }
}

function lineEnd(input: ReadStream, line: HiddenLine, signal: AbortSignal): Promise<Typed> {
  return new Promise((resolve, reject) => {
    input.on('data', (bytes: Buffer) => {
      const typed = line.feed(bytes);
      if (typed !== 'typing') resolve(typed);
    });
    input.once('end', () => resolve('closed'));
    input.once('error', reject);
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
}
