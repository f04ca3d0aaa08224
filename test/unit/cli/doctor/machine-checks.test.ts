import { describe, expect, it } from '@jest/globals';
import { MACHINE_CHECKS } from '../../../../cli/doctor/checks.ts';
import { examine } from '../../../../cli/doctor/examine.ts';
import type { Level } from '../../../../cli/doctor/finding.ts';
import type { Machine } from '../../../../cli/doctor/machine/machine.ts';

const GIB = 1024 ** 3;

const MACHINE: Machine = {
  node: '24.1.0',
  platform: 'linux',
  clone: '/clone',
  packages: async () => [
    { name: 'zstd', gives: ['zstd'], why: 'keeps stages of the image small', for: ['bake'] },
    { name: 'bats', gives: ['bats', '/usr/lib/bats'], why: 'runs the shell tests', for: ['test'] },
  ],
  has: () => true,
  freeDisk: () => 50 * GIB,
  availableMemory: () => 16 * GIB,
  portIsFree: async () => true,
  localCloud: () => undefined,
  machines: () => [],
  kvm: async () => 'works',
};

const found = (given: Partial<Machine>) => examine(MACHINE_CHECKS, { ...MACHINE, ...given });

describe('a machine where all is well', () => {
  it('gets no warning, and a word of each check', async () => {
    const all = await found({});
    expect(all.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(all.map(({ check }) => check)).toEqual(MACHINE_CHECKS.map(({ name }) => name));
  });
});

describe.each([
  ['node', 'it is too old', { node: '20.18.1' }, 'problem', '20.18.1 is too old: 20.19 is needed.'],
  ['node', 'its time is running out', { node: '20.19.0' }, 'warning', 'January 2027'],
  [
    'programs',
    'one is missing for the local cloud',
    lacks('zstd'),
    'warning',
    'Missing for the local cloud: zstd (keeps',
  ],
  [
    'programs',
    'a file is missing for the tests',
    lacks('/usr/lib/bats'),
    'warning',
    'Missing for the checks and tests: bats',
  ],
  [
    'programs',
    'this is the packaged file',
    { packages: async () => undefined },
    'ok',
    'needs none besides Node',
  ],
  ['disk-space', 'there is little', { freeDisk: () => GIB }, 'problem', '1.0 GiB free'],
  ['memory', 'there is little', { availableMemory: () => GIB }, 'problem', '1.0 GiB available'],
  ['memory', 'the system does not say', { availableMemory: () => undefined }, 'not checked', 'does not say'],
  [
    'port',
    'the local cloud runs',
    { localCloud: () => 'http://127.0.0.1:4599' },
    'ok',
    'It runs, at http://127.0.0.1:4599.',
  ],
  [
    'port',
    'somebody else has it',
    { portIsFree: async () => false },
    'warning',
    'something else listens on its port 4599',
  ],
  ['leftovers', 'machines outlived their cloud', { machines: () => [41, 42] }, 'warning', 'process 41, 42'],
  [
    'leftovers',
    'machines run with it',
    { machines: () => [41], localCloud: () => 'http://127.0.0.1:1' },
    'ok',
    '1 of',
  ],
  ['kvm', 'there is none', { kvm: async () => 'no device' as const }, 'warning', 'no /dev/kvm'],
  ['kvm', 'the user may not', { kvm: async () => 'not allowed' as const }, 'warning', 'may not use it'],
  ['kvm', 'it does not get far', { kvm: async () => 'fails' as const }, 'warning', 'does not boot'],
  ['kvm', 'there is nothing to boot', { kvm: async () => 'no kernel' as const }, 'not checked', 'no kernel'],
] satisfies [string, string, Partial<Machine>, Level, string][])(
  '%s when %s',
  (check, _when, given, level, says) => {
    it(`is ${level}, and says what to do`, async () => {
      const one = (await found(given)).find((each) => each.check === check);
      expect(one).toMatchObject({ level, says: expect.stringContaining(says) });
      expect(one?.advice === undefined).toBe(
        level === 'ok' || (check === 'memory' && level === 'not checked'),
      );
    });
  },
);

function lacks(thing: string): Partial<Machine> {
  return { has: (programOrFile) => programOrFile !== thing };
}
