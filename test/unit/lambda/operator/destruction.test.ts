import { describe, expect, it } from '@jest/globals';
import { Machine } from '../world/machine.ts';
import { OPERATOR, KeyserverWorld } from '../world/keyserver-world.ts';

const DAY = 86_400;
type Action = 'revoke' | 'restore' | 'recover' | 'destroy' | 'keep';

async function withRevoked() {
  const world = new KeyserverWorld();
  const machine = new Machine(world, 1);
  const luks = await machine.boot();
  const call = async (action: Action, body?: unknown) => {
    const { statusCode, body: text } = await world.operatorApi(
      'POST',
      `/v1/volumes/{luks}/${action}`,
      { luks },
      body,
    );
    return { statusCode, ...(JSON.parse(text) as Record<string, unknown>) } as Record<string, unknown>;
  };
  const stored = () => world.table.items.get(`volume#${luks}`) as Record<string, unknown>;
  await call('revoke');
  return { world, machine, luks, call, stored };
}

describe('when a custodian destroys a volume', () => {
  it('takes two calls with the days in between, and leaves nothing that opens it', async () => {
    const { world, machine, luks, call, stored } = await withRevoked();
    const sealed = String(stored()['sealed']);
    const recovery = String(stored()['recovery']);
    expect(await call('destroy', { days: 10, reason: 'retired' })).toMatchObject({
      state: 'revoked',
      destroy: new Date((world.now + 10 * DAY) * 1000).toISOString().replace('.000', ''),
    });
    world.now += 10 * DAY - 1;
    expect(await call('destroy', { final: true })).toMatchObject({ statusCode: 409, code: 'conflict' });
    expect(stored()['sealed']).toBe(sealed);
    world.now += 1;
    expect(await call('destroy', { final: true })).toMatchObject({
      state: 'destroyed',
      recoverable: false,
      by: OPERATOR,
    });
    const left = JSON.stringify(stored());
    expect(left).not.toContain(sealed);
    expect(left).not.toContain(recovery);
    for (const name of ['recovery', 'current', 'next', 'salt', 'retired', 'enrolment'])
      expect(stored()).not.toHaveProperty(name);
    // The disk still carries its sealed key: that must not bring the volume back.
    expect((await machine.release({ sealed, luks })).status).toBe(403);
    expect(await call('restore')).toMatchObject({ statusCode: 409 });
    expect(await call('keep')).toMatchObject({ statusCode: 409 });
    expect(await call('recover')).toMatchObject({ statusCode: 409 });
  });

  it('does not do it for one that has not been revoked, or that nobody has asked for', async () => {
    const { world, call, stored } = await withRevoked();
    expect(await call('destroy', { final: true })).toMatchObject({ statusCode: 409 });
    await call('restore');
    expect(await call('destroy')).toMatchObject({ statusCode: 409 });
    world.now += 100 * DAY;
    expect(stored()).toMatchObject({ state: 'active' });
  });

  it('may repeat either call: the day stands, and destroyed is destroyed', async () => {
    const { world, call } = await withRevoked();
    const first = await call('destroy', { days: 7 });
    world.now += DAY;
    expect(await call('destroy', { days: 30 })).toEqual(first);
    world.now += 6 * DAY;
    const done = await call('destroy', { final: true });
    world.now += DAY;
    expect(await call('destroy', { final: true })).toEqual(done);
  });

  it('can be called off until then, and only then restored', async () => {
    const { call, machine, luks } = await withRevoked();
    await call('destroy');
    expect(await call('restore')).toMatchObject({ statusCode: 409 });
    expect(await call('keep', { reason: 'still needed' })).not.toHaveProperty('destroy');
    expect(await call('destroy', { final: true })).toMatchObject({ statusCode: 409 });
    await call('restore');
    expect(await machine.boot()).toBe(luks);
  });

  it.each([{ days: 6 }, { days: 31 }, { days: 7.5 }, { days: '7' }, { final: 1 }, { final: true, days: 7 }])(
    'refuses %j',
    async (body) => {
      const { call, stored } = await withRevoked();
      expect(await call('destroy', body)).toMatchObject({ statusCode: 400, code: 'malformed' });
      expect(stored()).not.toHaveProperty('destroy');
    },
  );
});

describe('when a custodian recovers a volume', () => {
  it('gets the ciphertext that only the recovery key opens, and the audit log says who', async () => {
    const { world, call, stored, luks } = await withRevoked();
    expect(await call('recover', { reason: 'keyserver lost' })).toMatchObject({
      luks,
      ciphertext: stored()['recovery'],
    });
    expect(world.lastAudit).toMatchObject({
      action: 'recover',
      by: OPERATOR,
      luks,
      reason: 'keyserver lost',
    });
  });
});
