import { describe, expect, it } from '@jest/globals';
import { parseRoles } from '../../../../../lambda/domain/instances/settings.ts';

describe('when a service for instances is set up', () => {
  it('takes a list of roles, and no empty name in it', () => {
    expect(parseRoles('fleet, image-test')).toEqual(['fleet', 'image-test']);
    expect(() => parseRoles('fleet,')).toThrow();
  });
});
