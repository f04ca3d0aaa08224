import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { commandBlocks, commandLines } from '../../../setup/command-blocks.ts';
import { documents } from '../../../setup/documents.ts';

describe('every block of commands in a document', () => {
  const all = documents().map((file) => commandBlocks(file));
  const blocks = all.flatMap((document) => document.blocks);

  it('is run, or says why not', () => {
    expect(documents()[0]).toBe('README.md');
    expect(blocks.length).toBeGreaterThan(5);
    expect(all.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('that is left to .ci/run is run by it, line by line', () => {
    const lines = blocks.filter(({ run }) => run === 'by-ci').flatMap(commandLines);
    expect(lines).toEqual(expect.arrayContaining(['npm start', 'npm test']));
    const jobs = ['start', 'test'].flatMap((job) => readFileSync(`.ci/${job}`, 'utf8').split('\n'));
    expect(jobs).toEqual(expect.arrayContaining(lines.map((line) => `step ${line}`)));
  });
});

describe('when a document is read', () => {
  const fence = '```';
  const read = (...lines: string[]) => commandBlocks('x.md', lines.join('\n'));

  it('takes a block as it stands unless a comment before it says otherwise', () => {
    const { blocks, problems } = read(
      ...[
        `${fence}sh`,
        'a  # why',
        fence,
        'text',
        '<!-- not run here: costs money -->',
        '',
        `${fence}sh`,
        'b',
        fence,
      ],
      ...['<!-- run by .ci/run -->', `${fence}sh`, '# c', 'd \\', '  e', fence, `${fence}json`, '{}', fence],
    );
    expect(problems).toEqual([]);
    expect(blocks.map(({ line, text, run }) => [line, text, run])).toEqual([
      [2, 'a  # why\n', 'as-it-stands'],
      [8, 'b\n', { not: 'costs money' }],
      [12, '# c\nd \\\n  e\n', 'by-ci'],
    ]);
    expect(blocks.flatMap(commandLines)).toEqual(['a', 'b', 'd    e']);
  });

  it('takes the indentation of a list away', () => {
    expect(read('1. x', '', `   ${fence}sh`, '   a', `   ${fence}`).blocks[0]?.text).toBe('a\n');
  });

  it.each([
    ['a comment before no block', ['<!-- not run here: x -->', 'text', `${fence}sh`, 'a', fence]],
    ['a comment at the end', ['<!-- not run here: x -->']],
    ['a comment without a reason', ['<!-- not run here -->', `${fence}sh`, 'a', fence]],
    ['a comment before what is no command', ['<!-- not run here: x -->', `${fence}json`, 'a', fence]],
    ['a block without a language', [fence, 'a', fence]],
    ['a session with a prompt that would be run', [`${fence}console`, '$ a', fence]],
    ['a block without an end', [`${fence}sh`, 'a']],
  ])('complains of %s', (_, lines) => {
    expect(read(...lines).problems).toHaveLength(1);
  });
});
