import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { acceptable, tapCounts } from '../../../setup/reports.ts';

describe('when bats reports', () => {
  it('counts what passed, failed and was skipped', () => {
    const tap = [
      '1..4',
      'ok 1 opens',
      'not ok 2 refuses',
      '# (in test file x)',
      'ok 3 waits # skip no tool',
      'ok 4 ends',
    ];
    expect(tapCounts(tap.join('\n'))).toEqual({ passed: 2, failed: 1, skipped: ['waits # skip no tool'] });
  });

  it('counts a planned test that never reported as failed', () => {
    expect(tapCounts('1..3\nok 1 opens\n')).toEqual({ passed: 1, failed: 2, skipped: [] });
  });

  it('takes a test whose name merely speaks of skipping as passed', () => {
    expect(tapCounts('1..1\nok 1 skips a disk that has a signature\n').passed).toBe(1);
  });
});

describe('when a run is judged', () => {
  const { CI } = process.env;
  beforeEach(() => {
    delete process.env['CI'];
  });
  afterEach(() => {
    if (CI === undefined) delete process.env['CI'];
    else process.env['CI'] = CI;
  });

  it('does not take a run of nothing for a success', () => {
    expect(acceptable({ passed: 0, failed: 0, skipped: [] })).toBe(false);
  });

  it('lets a test be skipped on a laptop, and not in CI', () => {
    const counts = { passed: 1, failed: 0, skipped: ['x'] };
    expect(acceptable(counts)).toBe(true);
    process.env['CI'] = 'true';
    expect(acceptable(counts)).toBe(false);
  });
});
