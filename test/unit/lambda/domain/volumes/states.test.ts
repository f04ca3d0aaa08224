import { describe, expect, it } from '@jest/globals';
import { transition, type Transition } from '../../../../../lambda/domain/volumes/states.ts';
import type { VolumeState } from '../../../../../protocol/operator.ts';

describe('the states of a volume', () => {
  const table: [VolumeState, Transition, VolumeState | undefined][] = [
    ['enrolling', 'ready', 'active'],
    ['enrolling', 'revoke', 'revoked'],
    ['enrolling', 'restore', 'enrolling'],
    ['active', 'ready', 'active'],
    ['active', 'revoke', 'revoked'],
    ['active', 'restore', 'active'],
    ['revoked', 'ready', undefined],
    ['revoked', 'revoke', 'revoked'],
    ['revoked', 'restore', 'active'],
    ['destroyed', 'ready', undefined],
    ['destroyed', 'revoke', undefined],
    ['destroyed', 'restore', undefined],
  ];
  it.each(table)('%s, on %s, becomes %s', (state, by, after) => {
    expect(transition({ state }, by)).toBe(after);
  });

  it('go back to enrolling when the enrolment was not complete', () => {
    expect(transition({ state: 'revoked', enrolment: 'x' }, 'restore')).toBe('enrolling');
  });
});
