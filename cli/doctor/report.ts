import type { Advice, Suggest } from '../failure.ts';
import type { Found, Level } from './finding.ts';

const LEVELS: readonly Level[] = ['problem', 'warning', 'not checked', 'ok'];

/** The document that `--json` prints. */
export const documentOf = (found: readonly Found[], suggest: Suggest) => ({
  findings: found.map(({ check, level, says, advice }) => ({
    check,
    level: level.replace(' ', '-'),
    says,
    ...(advice === undefined ? {} : { advice: spoken(advice, suggest) }),
  })),
});

/** Lines for people: one finding after the other, and at the end how many there are of which kind. */
export function linesOf(found: readonly Found[], suggest: Suggest, columns = 100): string[] {
  const width = Math.max(...LEVELS.map(({ length }) => length)) + 2;
  const indent = ' '.repeat(width);
  const room = Math.max(columns - width, 40);
  const lines = found.flatMap(({ level, about, says, advice }) => {
    const [first = '', ...others] = wrapped(`${capital(about)}: ${says}`, room);
    const more = advice === undefined ? [] : wrapped(`-> ${spoken(advice, suggest)}`, room);
    return [level.padEnd(width) + first, ...[...others, ...more].map((line) => indent + line)];
  });
  const counts = LEVELS.flatMap((level) => {
    const count = found.filter((each) => each.level === level).length;
    return count === 0 ? [] : [`${count} ${level}`];
  });
  return [...lines, '', `${counts.join(', ')}.`];
}

const spoken = (advice: Advice, suggest: Suggest): string =>
  typeof advice === 'function' ? advice(suggest) : advice;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Words of a text, as many to a line as have room. */
function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
