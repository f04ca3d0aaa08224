import { Failure } from '../failure.ts';
import { plain } from '../terminal/text.ts';

/**
 * `KEY=value` lines, or a JSON object of strings. In lines a value is what stands behind the first `=`, to the end of
 * the line, as it is; blank lines and lines that begin with `#` are passed over. A value in quotes is refused, since
 * other programs would take the quotes off; JSON can hold it, and line feeds too.
 *
 * @throws Failure `usage` naming the line, and never a value
 */
export function valuesIn(text: string, where: string): readonly (readonly [string, string])[] {
  return /^\s*\{/.test(text) ? fromJson(text, where) : fromLines(text, where);
}

function fromJson(text: string, where: string): [string, string][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The cause is left out: its message quotes from the text.
    throw new Failure('usage', `${plain(where)} begins like JSON and is none.`);
  }
  return Object.entries(parsed as Record<string, unknown>).map(([key, value]) => {
    if (typeof value !== 'string') {
      throw new Failure('usage', `${plain(where)}: the value of ${plain(key)} is not a string.`);
    }
    return [key, value];
  });
}

function fromLines(text: string, where: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const problem = (what: string): Failure =>
      new Failure('usage', `${plain(where)}, line ${index + 1}: ${what}`);
    const [, key, value] = /^([^=\s]+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) throw problem('not KEY=value.');
    if (/^(["']).*\1$/.test(value)) {
      throw problem('the value is in quotes. Leave them out, or write JSON if they are meant.');
    }
    return [[key, value]];
  });
}
