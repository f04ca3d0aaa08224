import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { cacheDirectory, readPrivate, writePrivate } from './directory.ts';

/** Milliseconds. AWS takes codes of a few steps around now; what is older fails for its age. */
const REMEMBERED = 5 * 60_000;
const FILE = 'spent.json';

/** The last code of each device that was sent to AWS, as a hash: AWS takes no code twice. */
export class SpentCodes {
  private readonly context: Pick<Context, 'env' | 'now'>;
  private readonly directory: string;

  constructor(context: Pick<Context, 'env' | 'now'>) {
    this.context = context;
    this.directory = cacheDirectory(context.env);
  }

  /** Time when this very code was sent, in milliseconds since the epoch; undefined when it was not. */
  when(serial: string, code: string): number | undefined {
    const last = this.read()[serial];
    const fresh = last !== undefined && this.context.now() - last.at < REMEMBERED;
    return fresh && last.hash === hash(serial, code) ? last.at : undefined;
  }

  /** Remembers a code. Called before it is sent: the answer can get lost. */
  remember(serial: string, code: string): void {
    const all = { ...this.read(), [serial]: { at: this.context.now(), hash: hash(serial, code) } };
    writePrivate(this.directory, FILE, JSON.stringify(all));
  }

  private read(): Partial<Record<string, { at: number; hash: string }>> {
    try {
      return JSON.parse(readPrivate(join(this.directory, FILE)) ?? '{}') as ReturnType<SpentCodes['read']>;
    } catch (error) {
      if (error instanceof SyntaxError) return {};
      throw error;
    }
  }
}

const hash = (serial: string, code: string): string =>
  createHash('sha256').update(`${serial}\n${code}`).digest('hex');
