import { StringDecoder } from 'node:string_decoder';

/** Fewer bytes in common than this can be chance. */
const SHORTEST_OVERLAP = 64;

export interface Growth {
  /** The part that was not there before. */
  readonly added: Buffer;
  /** `grew`: follows on what was known. `restarted`: a new boot's log. `gap`: older bytes were dropped unseen. */
  readonly kind: 'grew' | 'restarted' | 'gap';
}

/** EC2 keeps the last 64 KiB of a console. */
const EC2_WINDOW_BYTES = 65_536;

/**
 * Compares two answers of GetConsoleOutput. The log may have grown, its beginning may have been cut off
 * because it is full, or it may have been started again by a stop and start.
 */
export function growth(known: Buffer, current: Buffer): Growth {
  if (current.length >= known.length && current.subarray(0, known.length).equals(known)) {
    return { added: current.subarray(known.length), kind: 'grew' };
  }
  const overlap = overlapLength(known, current);
  if (overlap > 0) return { added: current.subarray(overlap), kind: 'grew' };
  return { added: current, kind: current.length >= EC2_WINDOW_BYTES ? 'gap' : 'restarted' };
}

/** Length of the longest end of `known` that is the beginning of `current`. */
function overlapLength(known: Buffer, current: Buffer): number {
  const head = current.subarray(0, SHORTEST_OVERLAP);
  if (head.length < SHORTEST_OVERLAP) return 0;
  for (let at = known.indexOf(head); at !== -1; at = known.indexOf(head, at + 1)) {
    const rest = known.subarray(at);
    if (rest.length <= current.length && current.subarray(0, rest.length).equals(rest)) return rest.length;
  }
  return 0;
}

/** The colours of systemd's `[  OK  ]`; every other escape sequence is the guest trying to drive our terminal. */
const COLOUR_OR_CONTROL =
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  /(\u001b\[[0-9;]*m)|\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])?|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
// eslint-disable-next-line no-control-regex -- as above
const UNFINISHED = /\u001b(?:\[[0-?]*[ -/]*)?$/;

/** Makes a guest's console output, piece by piece, safe for the reader's terminal: text and colours only. */
export class ConsoleText {
  #decoder = new StringDecoder('utf8');
  #held = '';

  push(bytes: Buffer): string {
    const text = this.#held + this.#decoder.write(bytes);
    this.#held = UNFINISHED.exec(text)?.[0] ?? '';
    const complete = text.slice(0, text.length - this.#held.length);
    return complete.replace(COLOUR_OR_CONTROL, (_, colour: string | undefined) => colour ?? '');
  }
}
