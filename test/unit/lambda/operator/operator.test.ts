import { describe, expect, it } from '@jest/globals';
import { Machine } from '../world/machine.ts';
import { OPERATOR, KeyserverWorld } from '../world/keyserver-world.ts';

async function withVolume() {
  const world = new KeyserverWorld();
  const machine = new Machine(world, 1);
  const luks = await machine.boot();
  return { world, machine, luks };
}

const json = (result: { body: string }): Record<string, unknown> =>
  JSON.parse(result.body) as Record<string, unknown>;

describe('when an operator looks at volumes', () => {
  it('sees what there is, and nothing that opens a disk or names a ticket', async () => {
    const { world, luks, machine } = await withVolume();
    const shown = json(await world.operatorApi('GET', '/v1/volumes/{luks}', { luks }));
    expect(Object.keys(shown).sort()).toEqual(
      [
        'address',
        'created',
        'header',
        'image',
        'instance',
        'luks',
        'recoverable',
        'state',
        'updated',
        'volume',
      ].sort(),
    );
    expect(shown).toMatchObject({ luks, instance: machine.id, state: 'active', recoverable: true });
    const listed = json(await world.operatorApi('GET', '/v1/volumes'));
    expect(listed).toEqual({ volumes: [shown] });
  });

  it('pages through more than fit in one answer', async () => {
    const world = new KeyserverWorld();
    for (let number = 1; number <= 130; number += 1) await new Machine(world, number).release();
    const first = json(await world.operatorApi('GET', '/v1/volumes'));
    const next = String(first['next']);
    const second = json(await world.operatorApi('GET', '/v1/volumes', {}, undefined, { next }));
    expect(first['volumes']).toHaveLength(100);
    expect(second['volumes']).toHaveLength(30);
    expect(second).not.toHaveProperty('next');
  });

  it.each(['x', 'Y2xhaW0jaS0x', '!'])('refuses %p as a place to go on from', async (next) => {
    const answer = await new KeyserverWorld().operatorApi('GET', '/v1/volumes', {}, undefined, { next });
    expect(answer.statusCode).toBe(400);
    expect(json(answer)).toMatchObject({ code: 'malformed', field: 'next' });
  });

  it('is told that there is none of that name', async () => {
    const answer = await new KeyserverWorld().operatorApi('GET', '/v1/volumes/{luks}', {
      luks: '00000000-0000-4000-8000-000000000000',
    });
    expect(answer.statusCode).toBe(404);
  });
});

describe('when an operator revokes and restores', () => {
  it('keeps who and why with the volume and in the audit log', async () => {
    const { world, luks } = await withVolume();
    const answer = await world.operatorApi(
      'POST',
      '/v1/volumes/{luks}/revoke',
      { luks },
      { reason: 'stolen' },
    );
    expect(json(answer)).toMatchObject({ state: 'revoked', by: OPERATOR, reason: 'stolen' });
    expect(world.lastAudit).toMatchObject({
      action: 'revoke',
      by: OPERATOR,
      reason: 'stolen',
      luks,
      decision: 'done',
    });
  });

  it('may repeat itself: the first one stands', async () => {
    const { world, luks } = await withVolume();
    const revoke = (reason: string) =>
      world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks }, { reason });
    const first = json(await revoke('one'));
    world.now += 10;
    expect(json(await revoke('two'))).toEqual(first);
  });

  it('restores a volume that was revoked while enrolling to enrolling, with the same key', async () => {
    const world = new KeyserverWorld();
    const machine = new Machine(world, 1);
    const before = await machine.release();
    const luks = 'envelope' in before ? before.envelope.luks : '';
    await world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks });
    expect((await machine.release()).status).toBe(403);
    await world.operatorApi('POST', '/v1/volumes/{luks}/restore', { luks });
    expect(await machine.boot()).toBe(luks);
  });

  it('tells of a volume that changes under its hands', async () => {
    const { world, luks } = await withVolume();
    let state = 'active';
    world.table.beforeWrite = (key) => {
      state = state === 'active' ? 'enrolling' : 'active';
      world.table.items.set(key, { ...world.table.items.get(key), state });
    };
    const answer = await world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks });
    expect(answer.statusCode).toBe(409);
    expect(json(answer)).toHaveProperty('message');
  });
});

describe('when an operator gives a reason', () => {
  const wrong: unknown[] = [
    { reason: 1 },
    { reason: 'x'.repeat(257) },
    { reason: 'a\u001b[31m' },
    { reason: 'a\nb' },
    { reason: 'a\u2028b' },
    { reason: '\ud800' },
  ];
  it.each(wrong)('refuses %j, which no terminal should have to print', async (body) => {
    const { world, luks } = await withVolume();
    const answer = await world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks }, body);
    expect(json(answer)).toMatchObject({ code: 'malformed', field: 'reason' });
  });

  it('takes none at all, and 256 characters of any script', async () => {
    const { world, luks } = await withVolume();
    const revoke = (body: unknown) => world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks }, body);
    expect((await revoke(undefined)).statusCode).toBe(200);
    expect((await revoke({ reason: '🔑'.repeat(256) })).statusCode).toBe(200);
  });
});

describe('when an operator lists requests', () => {
  it('sees the waiting ones with why, and not the expired', async () => {
    const { world, machine } = await withVolume();
    await machine.release({ ticket: undefined });
    const listed = json(await world.operatorApi('GET', '/v1/requests'));
    expect(listed).toMatchObject({
      requests: [{ reason: 'no-ticket', decision: 'pending', instance: machine.id, luks: machine.disk.luks }],
    });
    world.now += 3601;
    expect(json(await world.operatorApi('GET', '/v1/requests'))).toEqual({ requests: [] });
  });

  it('sees who decided', async () => {
    const { world, machine } = await withVolume();
    const held = await machine.release({ ticket: undefined });
    const id = 'id' in held ? held.id : '';
    expect(json(await world.approve(id))).toMatchObject({ id, decision: 'approved', by: OPERATOR });
    expect(json(await world.approve(id))).toMatchObject({ id, decision: 'approved' });
    expect((await world.operatorApi('POST', '/v1/requests/{id}/deny', { id })).statusCode).toBe(409);
  });
});
