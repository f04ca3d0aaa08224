import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { suggestWith } from '../../../cli/session.ts';
import { useWorld } from './world.ts';

const world = useWorld();

describe('a command that is suggested', () => {
  it.each([
    [
      '--stage prod --region eu-north-1 keys show 0123456',
      'sealroot --region eu-north-1 --stage prod keys list',
    ],
    ['stop nothing --stage prod', 'sealroot --stage prod instances'],
    ['help nothing --stage prod', 'sealroot --stage prod --help'],
  ])('works where %s was run', async (words, hint) => {
    world().parameters['/sealroot/prod/operator-api'] = world().parameters['/sealroot/dev/operator-api']!;
    const { exit, stderr } = await world().run(words.split(' '));
    expect(exit).not.toBe(0);
    expect(stderr).toContain(`: ${hint}\n`);
  });

  it('is one word a word for the shell', () => {
    expect(suggestWith({ profile: "my 'keys'", stage: 'dev' })('login')).toBe(
      String.raw`sealroot --profile 'my '\''keys'\''' --stage dev login`,
    );
  });

  it('leaves out where the local cloud is not: it is on this machine', () => {
    expect(suggestWith({ local: true })('instances')).toBe('sealroot --local instances');
    expect(suggestWith({ local: true })('local up')).toBe('sealroot local up');
  });

  it('is never written without the options that were given', () => {
    const sources = readdirSync('cli', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/(^|\/)(command|help)\.ts$/.test(name))
      .map((name) => path.join('cli', name));
    expect(sources.length).toBeGreaterThan(50);
    const commands =
      'console|guard|help|instances|keys|launch|local|login|logout|preseed|start|stop|terminate';
    const written = new RegExp(String.raw`^(?!\s*(//|\*|/\*)).*\bsealroot (--\S+ )*(${commands})\b`, 'm');
    expect(sources.filter((file) => written.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
