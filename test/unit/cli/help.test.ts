import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { exitCodes } from '../../../cli/exit-codes.ts';
import { ERRORS, EXIT } from '../../../protocol/errors.ts';
import { useWorld } from './world.ts';

const world = useWorld();

describe('help', () => {
  it.each([[['--help']], [['help']], [['help', 'keys', 'approve']], [['launch', '--help']], [['--version']]])(
    '%j is answered on stdout and is no error',
    async (words) => {
      const { exit, stdout, stderr } = await world().run(words);
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
      expect(stdout).not.toBe('');
    },
  );

  it('gives examples and next steps', async () => {
    const { stdout } = await world().run(['--help']);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('Next steps:');
  });

  it.each([[[]], [['keys']], [['nothing']], [['help', 'nothing']], [['keys', 'approve']], [['stop']]])(
    '%j is a wrong command line',
    async (words) => {
      const { exit, stdout, stderr } = await world().run(words);
      expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
      expect(stderr).not.toBe('');
    },
  );

  it('suggests what was meant', async () => {
    expect((await world().run(['instnces'])).stderr).toContain('Did you mean instances?');
  });
});

describe('exit codes', () => {
  const inCode = new Set([...Object.values(EXIT), ...Object.values(ERRORS).map(({ exit }) => exit)]);

  it('are one table that leaves none out', () => {
    expect(exitCodes().map(({ exit }) => exit)).toEqual([...inCode].toSorted((a, b) => a - b));
    const named = exitCodes().flatMap(({ names }) => names);
    expect(new Set(named)).toEqual(new Set([...Object.keys(EXIT), ...Object.keys(ERRORS)]));
  });

  it('are shown by help exit-codes', async () => {
    const { stdout } = await world().run(['help', 'exit-codes']);
    for (const { exit, names } of exitCodes())
      expect(stdout).toMatch(new RegExp(`^ *${exit} +${names[0]!} `, 'm'));
  });

  it('are documented as they are', () => {
    const page = readFileSync('docs/reference/cli.md', 'utf8');
    const rows = [...page.matchAll(/^\| (\d+) +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, exit, names, meaning]) => ({
        exit: Number(exit),
        names,
        meaning,
      }),
    );
    expect(rows).toEqual(
      exitCodes().map(({ exit, names, meanings }) => ({
        exit,
        names: names.map((name) => `\`${name}\``).join(', '),
        meaning: meanings.join('; or '),
      })),
    );
  });
});
