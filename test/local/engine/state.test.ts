import fs, { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PhysicalIds } from '../../../local/engine/assembly/physical-ids.ts';
import { StateFile } from '../../../local/engine/state.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
});
afterEach(() => {
  jest.restoreAllMocks();
});

const file = () => new StateFile<Record<string, string>>(directory, 'a.json', {});

describe('a state file', () => {
  it('is read as it was written, by its owner alone, and leaves nothing beside', () => {
    expect(file().read()).toEqual({});
    file().write({ a: '1' });
    expect(file().read()).toEqual({ a: '1' });
    expect(statSync(path.join(directory, 'a.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['a.json']);
  });

  it('is on the disk when a write returns: its text before it takes its name, its name after', () => {
    const steps: string[] = [];
    const { writeFileSync: write, renameSync: rename, fsyncSync: flush, openSync: open } = fs;
    const opened = new Map<number, string>();
    jest.spyOn(fs, 'writeFileSync').mockImplementation((name, text, options) => {
      steps.push(`write, ${(options as { flush?: boolean }).flush === true ? 'flushed' : 'not flushed'}`);
      write(name, text, options);
    });
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      steps.push('rename');
      rename(from, to);
    });
    jest.spyOn(fs, 'openSync').mockImplementation((name, ...more) => {
      const descriptor = open(name, ...more);
      opened.set(descriptor, String(name));
      return descriptor;
    });
    jest.spyOn(fs, 'fsyncSync').mockImplementation((descriptor) => {
      if (opened.get(descriptor) === directory) steps.push('flush the directory');
      flush(descriptor);
    });
    file().write({ a: '1' });
    expect(steps).toEqual(['write, flushed', 'rename', 'flush the directory']);
  });

  it('keeps the old document when the new one cannot be written', () => {
    file().write({ a: '1' });
    jest.spyOn(fs, 'renameSync').mockImplementation(() => {
      throw new Error('no space');
    });
    expect(() => file().write({ a: '2' })).toThrow('no space');
    jest.restoreAllMocks();
    expect(file().read()).toEqual({ a: '1' });
  });

  it('is named when it does not hold what it should', () => {
    writeFileSync(path.join(directory, 'a.json'), '{');
    expect(() => file().read()).toThrow(`${path.join(directory, 'a.json')} cannot be read: `);
  });
});

describe('physical ids', () => {
  const written = () => JSON.parse(readFileSync(path.join(directory, 'ids.json'), 'utf8')) as object;

  it('are written once when they are made together, and one by one else', () => {
    const ids = new PhysicalIds(directory);
    const write = jest.spyOn(StateFile.prototype, 'write');
    const made: string[] = [];
    ids.batch(() => {
      for (const name of ['A', 'B', 'C']) made.push(ids.generated('s', name, 'AWS::EC2::VPC'));
    });
    expect(write).toHaveBeenCalledTimes(1);
    expect(Object.values(written())).toEqual(made);
    ids.batch(() => ids.generated('s', 'A', 'AWS::EC2::VPC'));
    expect(write).toHaveBeenCalledTimes(1);
    made.push(ids.generated('s', 'D', 'AWS::EC2::VPC'));
    expect(Object.values(written())).toEqual(made);
  });

  it('are remembered as far as they were made when making them fails', () => {
    const ids = new PhysicalIds(directory);
    const failing = () =>
      ids.batch(() => {
        ids.generated('s', 'A', 'AWS::EC2::VPC');
        throw new Error('broken');
      });
    expect(failing).toThrow('broken');
    expect(Object.keys(written())).toEqual(['s/A']);
  });
});
