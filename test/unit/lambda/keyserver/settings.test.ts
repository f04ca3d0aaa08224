import { describe, expect, it } from '@jest/globals';
import { parsePolicy } from '../../../../lambda/keyserver/core/settings.ts';

describe('when the keyserver is set up', () => {
  it('fills in the defaults of the policy', () => {
    expect(parsePolicy('{}')).toEqual({ enrolment: 'allow', moved: 'approve', ticket: 'approve' });
    expect(parsePolicy('{"ticket":"refuse"}')).toMatchObject({ ticket: 'refuse', moved: 'approve' });
  });

  it.each(['', '{"moved":"allow"}', '{"enrollment":"approve"}', '{"ticket":null}'])(
    'does not start with the policy %j',
    (json) => {
      expect(() => parsePolicy(json)).toThrow();
    },
  );
});
