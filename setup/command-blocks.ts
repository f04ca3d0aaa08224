import { readFileSync } from 'node:fs';

/** A fenced block of a document that holds commands. */
export interface CommandBlock {
  readonly file: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly text: string;
  /**
   * Way in which it is run: by `npm run test:newcomer`, as it stands, in a clone in which `npm start` has run; by `.ci/run`,
   * each line as a command of its own on a bare machine; or not at all, for a reason.
   */
  readonly run: 'as-it-stands' | 'by-ci' | { readonly not: string };
}

export interface Document {
  readonly blocks: readonly CommandBlock[];
  /** Faults that a reader of the document would meet: `FILE:LINE: WHAT`. */
  readonly problems: readonly string[];
}

const COMMANDS = /^(sh|bash|zsh|fish|powershell|shell|console)$/;
const MARKER = /^<!-- (run by \.ci\/run|not run here: (.+)) -->$/;

/**
 * Reads the command blocks of a Markdown document. A block is run unless an HTML comment before it says otherwise:
 * `<!-- not run here: REASON -->`, or `<!-- run by .ci/run -->`.
 */
export function commandBlocks(file: string, text = readFileSync(file, 'utf8')): Document {
  const blocks: CommandBlock[] = [];
  const problems: string[] = [];
  let fence: { indent: string; language: string; line: number; lines: string[] } | undefined;
  let marker: { line: number; not?: string | undefined } | undefined;
  // Of what stands before a line: whether the last one is blank, and whether it is part of a list.
  let blank = true;
  let inList = false;

  for (const [index, line] of text.split('\n').entries()) {
    const at = `${file}:${index + 1}`;
    const edge = /^( *)```+ *(\S*)/.exec(line);
    if (fence !== undefined) {
      if (edge === null) fence.lines.push(line.slice(fence.indent.length));
      else {
        const { language, lines } = fence;
        if (COMMANDS.test(language)) {
          const run =
            marker === undefined ? 'as-it-stands' : marker.not === undefined ? 'by-ci' : { not: marker.not };
          blocks.push({ file, line: fence.line, text: `${lines.join('\n')}\n`, run });
          if (language !== 'sh' && typeof run === 'string')
            problems.push(
              `${file}:${fence.line}: commands that are run stand in a block of sh, not ${language}`,
            );
        } else if (marker !== undefined) {
          problems.push(`${file}:${marker.line}: the block after this comment holds no commands`);
        }
        fence = marker = undefined;
      }
    } else if (edge !== null) {
      const [, indent = '', language = ''] = edge;
      if (language === '') problems.push(`${at}: a block without a language`);
      fence = { indent, language, line: index + 2, lines: [] };
    } else if (line.startsWith('<!-- ') && line.includes('run')) {
      const [, , not] = MARKER.exec(line) ?? [];
      if (!MARKER.test(line)) problems.push(`${at}: not a comment that is known: ${line}`);
      if (marker !== undefined) problems.push(`${file}:${marker.line}: no block follows this comment`);
      marker = { line: index + 1, not };
    } else if (blank && !inList && /^( {4}|\t)\s*\S/.test(line)) {
      // Markdown shows it as code, and nothing here would see that it holds commands.
      problems.push(`${at}: an indented block: fence it, with a language`);
    } else if (line.trim() !== '' && marker !== undefined) {
      problems.push(`${file}:${marker.line}: no block follows this comment`);
      marker = undefined;
    }
    blank = line.trim() === '';
    if (/^\S/.test(line)) inList = /^([-*]|\d+[.]) /.test(line);
  }
  if (fence !== undefined) problems.push(`${file}:${fence.line}: a block without an end`);
  if (marker !== undefined) problems.push(`${file}:${marker.line}: no block follows this comment`);
  return { blocks, problems };
}

/** The commands of a block without comments, a line each; a line that ends in a backslash goes on. */
export const commandLines = ({ text }: CommandBlock): string[] =>
  text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
