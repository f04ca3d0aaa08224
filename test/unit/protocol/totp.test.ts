import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeBase32,
  encodeBase32,
  matchTotp,
  otpauthUri,
  totpCode,
  totpCounter,
} from '../../../protocol/totp.ts';

const SECRET = Buffer.from('12345678901234567890');

describe('the codes of RFC 6238, appendix B', () => {
  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('at %i seconds', (seconds, code) => {
    expect(totpCode(SECRET, totpCounter(seconds * 1000), 8)).toBe(code);
    expect(totpCode(SECRET, totpCounter(seconds * 1000))).toBe(code.slice(2));
  });
});

describe('the codes of RFC 4226, appendix D', () => {
  it.each(
    ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'].map(
      (code, counter) => [counter, code] as const,
    ),
  )('for the counter %i', (counter, code) => {
    expect(totpCode(SECRET, counter)).toBe(code);
  });
});

describe('matching a code', () => {
  const now = 1_700_000_000_000;
  const step = totpCounter(now);

  it('takes the step before, the current and the next one', () => {
    for (const counter of [step - 1, step, step + 1]) {
      expect(matchTotp(SECRET, totpCode(SECRET, counter), { now })).toBe(counter);
    }
  });

  it('takes none that is further off', () => {
    for (const counter of [step - 2, step + 2]) {
      expect(matchTotp(SECRET, totpCode(SECRET, counter), { now })).toBeUndefined();
    }
  });

  it('takes no code a second time, and none older than one that was taken', () => {
    const at = (counter: number) => matchTotp(SECRET, totpCode(SECRET, counter), { now, after: step });
    expect([at(step - 1), at(step), at(step + 1)]).toEqual([undefined, undefined, step + 1]);
  });

  it.each(['', '12345', '1234567', ' 123456', 'abcdef', '１２３４５６'])('refuses %j', (code) => {
    expect(matchTotp(SECRET, code, { now })).toBeUndefined();
  });
});

describe('base 32', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('is RFC 4648 for %j', (text, encoded) => {
    expect(encodeBase32(Buffer.from(text))).toBe(encoded);
  });

  it('reads what it writes, also in the way that people copy it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = encodeBase32(bytes);
        expect(decodeBase32(text)).toEqual(Uint8Array.from(bytes));
        expect(decodeBase32(text.toLowerCase().replace(/.{4}/g, '$& '))).toEqual(Uint8Array.from(bytes));
      }),
      { numRuns: 50 },
    );
  });

  it.each(['0', '1A', 'M', 'MZX!', 'MZ', 'MZXW6YT'])('refuses %j', (text) => {
    expect(() => decodeBase32(text)).toThrow('not base 32');
  });
});

it('writes the URI that authenticator apps read', () => {
  expect(otpauthUri('Sealroot local', 'alice@dev', 'MZXW6YTB')).toBe(
    'otpauth://totp/Sealroot%20local:alice%40dev?secret=MZXW6YTB&issuer=Sealroot%20local',
  );
});
