import { describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { Machine, type Release } from '../world/machine.ts';
import { KeyserverWorld } from '../world/keyserver-world.ts';

const idOf = (release: Release): string => ('id' in release ? release.id : '');

/** An enrolled machine 1, and machine 2 with a copy of its disk. */
async function moved() {
  const world = new KeyserverWorld();
  const first = new Machine(world, 1);
  const luks = await first.boot();
  await first.boot();
  const second = new Machine(world, 2);
  second.disk = { ...first.disk };
  return { world, first, second, luks };
}

async function bootHeld(world: KeyserverWorld, machine: Machine): Promise<void> {
  machine.restart();
  const held = await machine.release();
  expect(held.status).toBe(202);
  expect((await world.approve(idOf(held))).statusCode).toBe(200);
  const release = await machine.release();
  if (!('envelope' in release)) throw new Error(release.result.body);
  machine.apply(release.envelope);
  if (release.envelope.header === undefined) expect(await machine.ready()).toHaveProperty('header');
}

describe('when a request waits', () => {
  it('says which, when to come again, and is written down once', async () => {
    const { world, second } = await moved();
    const held = await second.release();
    expect(held).toMatchObject({ status: 202, result: { headers: { 'retry-after': '15' } } });
    expect(idOf(held)).toMatch(/^[0-9a-f]{16}$/);
    world.table.calls.length = 0;
    expect(idOf(await second.release())).toBe(idOf(held));
    expect(world.table.calls).not.toContain('change');
  });

  it('stays on the list as long as the instance keeps asking, and leaves it an hour after the last time', async () => {
    const { world, second } = await moved();
    const id = idOf(await second.release());
    for (let minute = 0; minute < 120; minute += 5) {
      world.now += 300;
      await second.release();
    }
    expect((await world.operatorApi('GET', '/v1/requests/{id}', { id })).statusCode).toBe(200);
    world.now += 3601;
    expect((await world.operatorApi('GET', '/v1/requests/{id}', { id })).statusCode).toBe(404);
    expect((await world.approve(id)).statusCode).toBe(404);
    expect((await second.release()).status).toBe(202);
  });

  it('is refused for good once it is denied', async () => {
    const { world, second } = await moved();
    const id = idOf(await second.release());
    expect((await world.operatorApi('POST', '/v1/requests/{id}/deny', { id })).statusCode).toBe(200);
    expect((await second.release()).status).toBe(403);
    expect((await world.approve(id)).statusCode).toBe(409);
  });

  it('is not let through by an approval that has run out', async () => {
    const { world, first } = await moved();
    const waiting = await first.release({ ticket: undefined });
    await world.approve(idOf(waiting));
    world.now += 3601;
    expect((await first.release({ ticket: undefined })).status).toBe(202);
  });
});

describe('when a move is approved', () => {
  it('the new instance boots, and the old one has to ask', async () => {
    const { world, first, second, luks } = await moved();
    await bootHeld(world, second);
    expect(await second.boot()).toBe(luks);
    first.restart();
    expect((await first.release()).status).toBe(202);
    expect(world.lastAudit?.reason).toBe('moved');
  });

  it('covers the doubt about the ticket that comes with a snapshot', async () => {
    const { world, first, second } = await moved();
    await first.boot();
    await first.boot();
    await bootHeld(world, second);
    await second.boot();
  });

  it.each([0, 1, 2, 3, 4])('can be repeated when it breaks off at call %i', async (at) => {
    const { world, second } = await moved();
    const id = idOf(await second.release());
    let call = 0;
    world.table.fault = () => (call++ === at ? 'lost-answer' : undefined);
    const broken = await world.approve(id);
    world.table.fault = undefined;
    expect(broken.statusCode).toBe(503);
    expect((await world.approve(id)).statusCode).toBe(200);
    const release = await second.release();
    expect(release.status).toBe(200);
  });

  it('does not let a second waiting instance take what the first was given', async () => {
    const { world, second, luks } = await moved();
    const third = new Machine(world, 3);
    third.disk = { ...second.disk };
    const [a, b] = [await second.release(), await third.release()];
    await world.approve(idOf(a));
    const late = await world.approve(idOf(b));
    expect(late.statusCode).toBe(409);
    expect((await second.release()).status).toBe(200);
    expect(world.table.items.get(`volume#${luks}`)).toMatchObject({ instance: second.id });
  });

  it('is spent once the volume has moved on', async () => {
    const { world, first, second } = await moved();
    const asked = { ...second.disk };
    await bootHeld(world, second);
    await bootHeld(world, first);
    second.disk = asked;
    expect((await second.release()).status).toBe(403);
    expect(world.lastAudit?.reason).toBe('approval-spent');
  });

  it('cannot be denied after a crash in the middle: the volume may have moved already', async () => {
    const { world, second, luks } = await moved();
    const id = idOf(await second.release());
    world.table.fault = (_operation, key) => (key.startsWith('claim#') ? 'lost-request' : undefined);
    expect((await world.approve(id)).statusCode).toBe(503);
    world.table.fault = undefined;
    expect(world.table.items.get(`volume#${luks}`)).toMatchObject({ instance: second.id });
    expect((await world.deny(id)).statusCode).toBe(409);
    expect((await world.approve(id)).statusCode).toBe(200);
    expect((await second.release()).status).toBe(200);
  });

  it('can be denied when it could not be carried out', async () => {
    const { world, second, luks } = await moved();
    const id = idOf(await second.release());
    await world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks });
    expect((await world.approve(id)).statusCode).toBe(409);
    expect((await world.deny(id)).statusCode).toBe(200);
  });

  it('does not move a volume that is revoked', async () => {
    const { world, second, luks } = await moved();
    const id = idOf(await second.release());
    await world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks });
    expect((await world.approve(id)).statusCode).toBe(409);
  });

  it('does not happen to a volume that is still enrolling', async () => {
    const world = new KeyserverWorld();
    const first = new Machine(world, 1);
    const release = await first.release();
    if ('envelope' in release) first.apply(release.envelope);
    const second = new Machine(world, 2);
    second.disk = { ...first.disk };
    expect((await second.release()).status).toBe(403);
    expect(world.lastAudit?.reason).toBe('enrolling-elsewhere');
  });
});

describe('when a ticket is approved', () => {
  it('starts the tickets once: repeated after the next boots, it does not make theirs stale', async () => {
    const { world, first } = await moved();
    const repeated = { ticket: undefined };
    const replay = new Machine(world, 1);
    replay.disk = { ...first.disk };
    const held = await replay.release(repeated);
    await world.approve(idOf(held));
    const release = await replay.release(repeated);
    if ('envelope' in release) first.disk = { ...first.disk, ticket: release.envelope.ticket };
    await first.boot();
    await first.boot();
    expect((await replay.release(repeated)).status).toBe(403);
    expect(world.lastAudit?.reason).toBe('approval-spent');
    await first.boot();
  });

  it('does not approve a move that comes after it', async () => {
    const { world, first, second } = await moved();
    const held = await first.release({ ticket: undefined });
    await world.approve(idOf(held));
    await bootHeld(world, second);
    expect((await first.release({ ticket: undefined })).status).toBe(202);
    expect(world.lastAudit?.reason).toBe('moved');
  });
});

describe('when every enrolment is looked at', () => {
  it('waits before anything is made, and goes on once it is approved', async () => {
    const world = new KeyserverWorld({ enrolment: 'approve' });
    const machine = new Machine(world, 1);
    const held = await machine.release();
    expect(held.status).toBe(202);
    expect([...world.table.items.keys()]).toEqual([`request#${idOf(held)}`]);
    await world.approve(idOf(held));
    const release = await machine.release();
    expect(release).toMatchObject({ envelope: { state: 'enrolling' } });
    // Power fails: the enrolment has been approved, and is not asked about again.
    await machine.boot();
  });
});

describe('when a blank device replaces an acknowledged volume', () => {
  it('gets a volume of its own after approval, and the old one stays', async () => {
    const { world, first, luks } = await moved();
    first.disk = {};
    await bootHeld(world, first);
    expect(first.disk.luks).not.toBe(luks);
    expect(world.table.items.get(`volume#${luks}`)).toMatchObject({ state: 'active' });
    expect(await first.boot()).toBe(first.disk.luks);
  });

  it('is given one volume when the approval is repeated after a crash', async () => {
    const { world, first } = await moved();
    first.disk = {};
    const id = idOf(await first.release());
    world.table.fault = (operation, key) =>
      operation === 'change' && key.startsWith('claim#') ? 'lost-answer' : undefined;
    expect((await world.approve(id)).statusCode).toBe(503);
    world.table.fault = undefined;
    const claim = structuredClone(world.table.items.get(`claim#${first.id}#root`));
    await world.approve(id);
    expect(world.table.items.get(`claim#${first.id}#root`)).toEqual(claim);
  });

  it('is refused when that volume is revoked', async () => {
    const { world, first, luks } = await moved();
    await world.operatorApi('POST', '/v1/volumes/{luks}/revoke', { luks });
    first.disk = {};
    expect((await first.release()).status).toBe(403);
  });
});

describe('when the keyserver has lost its table', () => {
  it('records a volume again from what its disk brings, once it is approved', async () => {
    const { world, first, luks } = await moved();
    world.table.items.clear();
    await bootHeld(world, first);
    expect(world.table.items.get(`volume#${luks}`)).toMatchObject({
      state: 'active',
      header: first.disk.header,
    });
    expect(await first.boot()).toBe(luks);
    const shown: APIGatewayProxyResult = await world.operatorApi('GET', '/v1/volumes/{luks}', { luks });
    expect(JSON.parse(shown.body)).toMatchObject({ recoverable: false });
  });

  it('does not bother a person with a sealed key that KMS does not know for that volume', async () => {
    const { world, first } = await moved();
    world.table.items.clear();
    expect((await first.release({ sealed: 'AAAA' })).status).toBe(403);
    expect(world.table.items.size).toBe(0);
  });
});
