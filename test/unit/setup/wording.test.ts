import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Directories of things that are installed or made here, and not written by us. */
const NOT_OURS = /^(\.git|\.sealroot|node_modules|coverage|dist|cdk\.out.*)$/;

function files(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.test(entry.name)) return [];
    const file = path.join(directory, entry.name);
    return entry.isDirectory() ? files(file) : entry.isFile() ? [file] : [];
  });
}

/** Lines that a comment of TypeScript, JavaScript or a shell script opens with, as `FILE:LINE: TEXT`. */
function openings(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const before = lines[index - 1]?.trim() ?? '';
    const [, first] = /^\s*(?:\/\*\* ?|\/\/ |# )(.+)$/.exec(line) ?? [];
    const [, inBlock] = before === '/**' ? (/^\s*\* (.+)$/.exec(line) ?? []) : [];
    const text = first ?? inBlock;
    const goesOn = first !== undefined && /^(\/\/|#)/.test(before);
    return text === undefined || goesOn ? [] : [`${file}:${index + 1}: ${text}`];
  });
}

describe('a comment', () => {
  it('opens with a noun or a verb, and names what it is about', () => {
    const scripts =
      /\.(ts|js|mjs|cjs|sh|bash|bats)$|^(\.ci|image-builder\/(initramfs|agent|components))\/[^.]+$/;
    const all = files('.')
      .filter((file) => scripts.test(file))
      .flatMap(openings);
    expect(all.length).toBeGreaterThan(1000);
    expect(
      all.filter((line) => /: (Who|Whoever|How|Where|When|What|Whatever|Which|Why)\b/.test(line)),
    ).toEqual([]);
  });
});

describe('the name of the command', () => {
  it('never sends anybody to the npm registry, where the name is not ours', () => {
    const all = files('.');
    expect(all).toEqual(expect.arrayContaining(['README.md', path.join('.ci', 'run')]));
    const wrong = /\b(npx|npm exec|yarn dlx|pnpm dlx)( -\S+)* sealroot\b/;
    expect(all.filter((file) => wrong.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('is that of no package', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; private: boolean };
    expect(manifest).toMatchObject({ name: expect.stringMatching(/^@/), private: true });
  });
});
