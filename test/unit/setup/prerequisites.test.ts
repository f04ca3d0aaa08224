import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { missingPackages } from '../../../setup/debian-packages.mjs';
import { requireNode } from '../../../setup/node-version.mjs';
import { npmPackagesCurrent } from '../../../setup/npm-packages.mjs';
import { PACKAGES, PURPOSES } from '../../../setup/packages.mjs';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sealroot-setup-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('when Node is too old', () => {
  it.each(['18.20.8', '20.18.3'])('says so for %s', (version) => {
    expect(() => requireNode(version)).toThrow(/20\.19 or newer; this is/);
  });
  it.each(['20.19.0', '22.0.0', '24.11.1'])('accepts %s', (version) => {
    expect(() => requireNode(version)).not.toThrow();
  });
});

describe('when a Debian package is looked for', () => {
  const path = process.env['PATH'];
  beforeEach(() => {
    process.env['PATH'] = directory;
  });
  afterEach(() => {
    process.env['PATH'] = path;
  });
  const names = (): string[] => missingPackages(['check']).map(({ name }) => name);

  it('misses what is not on the PATH, for the purpose that was asked only', () => {
    expect(names()).toEqual(expect.arrayContaining(['shellcheck', 'shfmt']));
    expect(names()).not.toContain('debootstrap');
  });

  it('finds a command on the PATH, if it can be executed', () => {
    const command = join(directory, 'shfmt');
    writeFileSync(command, '');
    chmodSync(command, 0o644);
    expect(names()).toContain('shfmt');
    chmodSync(command, 0o755);
    expect(names()).not.toContain('shfmt');
  });
});

describe('the table of packages', () => {
  it('names each package once, with a purpose and a reason', () => {
    expect(new Set(PACKAGES.map(({ name }) => name)).size).toBe(PACKAGES.length);
    for (const { for: purposes, why } of PACKAGES) {
      expect(purposes.length).toBeGreaterThan(0);
      expect(PURPOSES).toEqual(expect.arrayContaining([...purposes]));
      expect(why).not.toBe('');
    }
  });
});

describe('when node_modules is compared with the lock file', () => {
  const lock = (packages: object): void =>
    writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages }));
  const install = (packages: object): void => {
    mkdirSync(join(directory, 'node_modules'));
    writeFileSync(join(directory, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  };
  const wanted = { '': { version: '0.1.0' }, 'node_modules/a': { version: '1.0.0' } };

  it('is not current when there is none', () => {
    lock(wanted);
    expect(npmPackagesCurrent(directory)).toBe(false);
  });

  it('is current with the same versions, whatever the dates', () => {
    install({ 'node_modules/a': { version: '1.0.0' } });
    lock(wanted);
    expect(npmPackagesCurrent(directory)).toBe(true);
  });

  it('is not current with another version', () => {
    install({ 'node_modules/a': { version: '1.0.1' } });
    lock(wanted);
    expect(npmPackagesCurrent(directory)).toBe(false);
  });

  it('does without an optional package, which may be for another platform', () => {
    install({ 'node_modules/a': { version: '1.0.0' } });
    lock({ ...wanted, 'node_modules/b-darwin': { version: '1.0.0', optional: true } });
    expect(npmPackagesCurrent(directory)).toBe(true);
  });
});
