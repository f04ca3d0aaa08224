import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { deterministicTarGz } from '../../lib/image/tar.ts';

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'sealroot-tar-'));
  mkdirSync(join(root, 'agent', 'bin'), { recursive: true });
  writeFileSync(join(root, 'agent', 'bin', 'run'), '#!/bin/sh\n');
  chmodSync(join(root, 'agent', 'bin', 'run'), 0o700);
  writeFileSync(join(root, 'agent', 'empty'), '');
  writeFileSync(join(root, 'agent', 'large'), 'x'.repeat(1000));
  return root;
}

describe('the archive of files for the image', () => {
  it('is what tar makes of it again', () => {
    const target = mkdtempSync(join(tmpdir(), 'sealroot-tar-'));
    const archive = join(target, 'files.tar.gz');
    writeFileSync(archive, deterministicTarGz(folder(), ['agent']));
    execFileSync('tar', ['-xzf', archive, '-C', target]);
    expect(readFileSync(join(target, 'agent', 'large'), 'utf8')).toHaveLength(1000);
    expect(readFileSync(join(target, 'agent', 'empty'), 'utf8')).toBe('');
    expect(statSync(join(target, 'agent', 'bin', 'run')).mode & 0o111).toBe(0o111);
    expect(statSync(join(target, 'agent', 'large')).mode & 0o111).toBe(0);
  });

  it('is the same for the same files, whenever they were written', () => {
    const [one, other] = [folder(), folder()];
    utimesSync(join(other, 'agent', 'large'), 1, 1);
    expect(deterministicTarGz(one, ['agent'])).toEqual(deterministicTarGz(other, ['agent']));
  });

  it('differs when a file may be executed that might not be before', () => {
    const [one, other] = [folder(), folder()];
    chmodSync(join(other, 'agent', 'empty'), 0o755);
    expect(deterministicTarGz(one, ['agent'])).not.toEqual(deterministicTarGz(other, ['agent']));
  });

  it('takes no link: what it leads to is not in the archive', () => {
    const root = folder();
    symlinkSync('/etc/passwd', join(root, 'agent', 'link'));
    expect(() => deterministicTarGz(root, ['agent'])).toThrow('agent/link is neither a file nor a folder');
  });
});
