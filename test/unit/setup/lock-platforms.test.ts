import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { missingPlatforms } from '../../../setup/lock-platforms.mjs';

describe('when the lock file lacks a package for another platform', () => {
  const parent = {
    version: '1.2.0',
    dev: true,
    optionalDependencies: { '@x/core-linux-arm64-musl': '1.2.0' },
  };

  it('adds it for that platform alone, as its parent names it', () => {
    expect(missingPlatforms({ 'node_modules/@x/core': parent })).toEqual({
      'node_modules/@x/core-linux-arm64-musl': {
        version: '1.2.0',
        cpu: ['arm64'],
        dev: true,
        libc: ['musl'],
        optional: true,
        os: ['linux'],
      },
    });
  });

  it('will not guess a platform or a version', () => {
    const odd = { version: '1.2.0', optionalDependencies: { colours: '1.2.0' } };
    expect(() => missingPlatforms({ 'node_modules/x': odd })).toThrow(/no platform/);
    const range = { version: '1.2.0', optionalDependencies: { 'x-linux-x64': '^1.2.0' } };
    expect(() => missingPlatforms({ 'node_modules/x': range })).toThrow(/not an exact version/);
  });
});

describe('the lock file', () => {
  it('is complete, so that `npm ci` takes it (else: node setup/lock-platforms.mjs)', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    expect(Object.keys(missingPlatforms(lock.packages))).toEqual([]);
  });

  it('names no registry: packages come from wherever npm is configured to look', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved": "https?:/);
  });
});
