import { expect, it } from '@jest/globals';
import { formatPins, parsePins } from '../../../protocol/pins.ts';

const PINS = { endpoint: 'a1b2c3d4e5-vpce-0123456789abcdef0', signingKey: 'one', preseedSigningKey: 'two' };

it('reads what it wrote', () => {
  expect(parsePins(formatPins(PINS))).toEqual(PINS);
});

it.each(['', 'a', 'a b', 'a b ', 'a b c d', ' a b', 'a  b'])('reads nothing else: %j', (text) => {
  expect(parsePins(text)).toBeUndefined();
});
