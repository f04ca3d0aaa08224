import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openBody, sealBody } from '../../../../../lambda/domain/mailbox/sealing.ts';
import { OTHER_SERVER, SERVER } from '../../world/preseed-world.ts';

const key = Buffer.alloc(32, 1);
const place = { server: SERVER, seq: 1, type: 'inithooks', exp: 1_800_000_000 };

describe('when a body is sealed', () => {
  it('it opens for its place, and is never the same twice', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (plaintext) => {
        const sealed = sealBody(plaintext, key, place);
        expect(openBody(sealed, key, place)).toEqual(Buffer.from(plaintext));
        expect(sealBody(plaintext, key, place)).not.toBe(sealed);
      }),
    );
  });

  it.each([{ server: OTHER_SERVER }, { seq: 11 }, { type: 'script' }, { exp: 1_800_000_001 }])(
    'it does not open for %j',
    (change) => {
      expect(openBody(sealBody(Buffer.from('x'), key, place), key, { ...place, ...change })).toBeUndefined();
    },
  );

  it('it does not open with a bit changed anywhere, nor cut short', () => {
    const sealed = Buffer.from(sealBody(Buffer.from('secret'), key, place), 'base64url');
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(openBody(changed.toString('base64url'), key, place)).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(openBody(sealed.subarray(0, length).toString('base64url'), key, place)).toBeUndefined();
    }
  });
});
