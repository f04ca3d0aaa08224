import { expect, it } from '@jest/globals';
import { formatPins, parsePins } from '../../../protocol/pins.ts';

const PINS = {
  endpoint: 'a1b2c3d4e5 keyserver.dev.sealroot.internal',
  signingKey: 'one',
  preseedSigningKey: 'two',
};

it('reads what it wrote', () => {
  expect(parsePins(formatPins(PINS))).toEqual(PINS);
});

it.each(['', 'a', 'a b', 'a b c', 'a b c ', ' a b c', 'a  b c', 'a b  c'])(
  'reads nothing else: %j',
  (text) => {
    expect(parsePins(text)).toBeUndefined();
  },
);
