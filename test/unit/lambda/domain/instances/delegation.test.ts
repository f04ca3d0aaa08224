import { describe, expect, it } from '@jest/globals';
import { delegatedKeySource } from '../../../../../lambda/domain/instances/delegation.ts';
import { verifyJws } from '../../../../../protocol/jose/jws.ts';
import { TYP, type Delegation } from '../../../../../protocol/release.ts';
import { MemoryKms, SIGNING_PUBLIC_KEY } from '../../world/memory-kms.ts';

function source() {
  const kms = new MemoryKms();
  const time = { now: 1_000_000 };
  return { kms, time, key: delegatedKeySource(kms.sign, () => time.now, 'release') };
}

describe('when the delegated key is asked for', () => {
  it('is vouched for by KMS for an hour, and for one use only', async () => {
    const { key } = source();
    const { delegation } = await key();
    const payload = verifyJws(delegation, TYP.delegation, SIGNING_PUBLIC_KEY);
    const content = JSON.parse(String(payload)) as Delegation;
    expect(content).toMatchObject({ use: 'release', iat: 1_000_000, exp: 1_003_600 });
    expect(Object.keys(content.jwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
  });

  it('is signed once, however many ask at the same time', async () => {
    const { kms, key } = source();
    const keys = await Promise.all([key(), key(), key()]);
    expect(new Set(keys.map(({ delegation }) => delegation)).size).toBe(1);
    expect(kms.calls).toEqual(['sign']);
  });

  it('is renewed when less than ten minutes are left', async () => {
    const { time, key } = source();
    const first = await key();
    time.now += 3000;
    expect(await key()).toBe(first);
    time.now += 1;
    expect((await key()).exp).toBe(time.now + 3600);
  });

  it('is used up while KMS is down, and not beyond what an answer needs', async () => {
    const { kms, time, key } = source();
    const first = await key();
    kms.isDown = true;
    time.now += 3400;
    expect(await key()).toBe(first);
    time.now += 21;
    await expect(key()).rejects.toThrow('KMS is down');
    kms.isDown = false;
    expect((await key()).exp).toBe(time.now + 3600);
  });
});
