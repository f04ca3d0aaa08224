import { describe, expect, it } from '@jest/globals';
import { Machine } from '../world/machine.ts';
import { KeyserverWorld } from '../world/keyserver-world.ts';

async function copied() {
  const world = new KeyserverWorld();
  const machine = new Machine(world, 1);
  const release = await machine.release();
  if (!('envelope' in release)) throw new Error('not released');
  machine.apply(release.envelope);
  const stored = () => world.table.items.get(`volume#${release.envelope.luks}`);
  return { world, machine, stored };
}

describe('when an instance says that its copy is complete', () => {
  it('activates the volume, keeps the digest and forgets the recovery passphrase', async () => {
    const { machine, stored } = await copied();
    expect(stored()).toHaveProperty('enrolment');
    const receipt = await machine.ready();
    expect(receipt).toMatchObject({
      instance: machine.id,
      luks: machine.disk.luks,
      header: machine.disk.header,
    });
    expect(stored()).toMatchObject({ state: 'active', header: machine.disk.header });
    expect(stored()).not.toHaveProperty('enrolment');
  });

  it('answers the same when it is said again', async () => {
    const { machine, stored } = await copied();
    await machine.ready();
    const before = structuredClone(stored());
    expect(await machine.ready()).toMatchObject({ header: machine.disk.header });
    expect(stored()).toEqual(before);
  });

  it('answers when the answer to the write was lost', async () => {
    const { world, machine } = await copied();
    world.table.fault = (operation) => (operation === 'change' ? 'lost-answer' : undefined);
    expect(await machine.ready()).toMatchObject({ statusCode: 503 });
    world.table.fault = undefined;
    expect(await machine.ready()).toMatchObject({ header: machine.disk.header });
  });

  it('refuses another header, another ticket, another instance and another volume', async () => {
    const { world, machine } = await copied();
    const other = Buffer.alloc(32, 1).toString('base64url');
    expect(await machine.ready({ ticket: other })).toMatchObject({ statusCode: 403 });
    expect(world.lastAudit?.reason).toBe('ticket');
    await machine.ready();
    expect(await machine.ready({ header: other })).toMatchObject({ statusCode: 403 });
    expect(world.lastAudit?.reason).toBe('header');
    expect(await machine.ready({ volume: 'data-x' })).toMatchObject({ statusCode: 403 });
    expect(await machine.ready({ luks: '00000000-0000-4000-8000-000000000000' })).toMatchObject({
      statusCode: 403,
    });
    const stranger = new Machine(world, 2);
    stranger.disk = { ...machine.disk };
    expect(await stranger.ready()).toMatchObject({ statusCode: 403 });
    expect(world.lastAudit?.reason).toBe('other-instance');
  });
});
