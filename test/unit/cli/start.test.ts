import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../../..');
const MINUTE = 60_000;
const clone = mkdtempSync(join(tmpdir(), 'sealroot-clone-'));
const cache = join(clone, 'node_modules/.cache/sealroot/cli');

/** Output of the command line of the clone. */
const sealroot = (...words: string[]): string =>
  execFileSync(process.execPath, [join(clone, 'bin/sealroot.js'), ...words], {
    encoding: 'utf8',
    timeout: MINUTE,
  }).trim();

const setVersion = (version: string): void => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as object;
  writeFileSync(join(clone, 'package.json'), JSON.stringify({ ...manifest, version }));
};

beforeAll(() => {
  for (const name of ['bin', 'cli', 'protocol', 'package-lock.json'])
    cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  const packages = join(clone, 'node_modules');
  mkdirSync(packages);
  const ofRoot = join(ROOT, 'node_modules');
  for (const name of readdirSync(ofRoot).filter((each) => each !== '.cache'))
    symlinkSync(join(ofRoot, name), join(packages, name));
  setVersion('1.0.1');
});
afterAll(() => rmSync(clone, { recursive: true }));

describe('the command of a clone', () => {
  it(
    'is made of its sources once, and again when one of them changes',
    () => {
      expect(sealroot('--version')).toBe('1.0.1');
      const made = readdirSync(cache);
      expect(made).toHaveLength(1);
      expect(sealroot('--version')).toBe('1.0.1');
      expect(readdirSync(cache)).toEqual(made);
      setVersion('1.0.2');
      expect(sealroot('--version')).toBe('1.0.2');
      expect(readdirSync(cache)).toHaveLength(2);
    },
    MINUTE,
  );

  it(
    'runs from its sources where they cannot be written anew',
    () => {
      rmSync(cache, { recursive: true });
      writeFileSync(cache, '');
      expect(sealroot('--version')).toBe('1.0.2');
    },
    MINUTE,
  );

  it('has the prompt of a shell wait for nothing', () => {
    rmSync(join(clone, 'node_modules'), { recursive: true });
    expect(sealroot('login', 'prompt')).toBe('');
  });

  it('says how to install its packages when they are missing', () => {
    expect(() => sealroot('--version')).toThrow(/npm --prefix '.*' ci/);
  });
});
