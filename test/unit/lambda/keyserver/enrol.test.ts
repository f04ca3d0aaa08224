import { constants, privateDecrypt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../world/memory-table.ts';
import { Machine } from '../world/machine.ts';
import { RECOVERY_PRIVATE_KEY } from '../world/memory-kms.ts';
import { KeyserverWorld } from '../world/keyserver-world.ts';

async function envelopeOf(machine: Machine, over: object = {}) {
  const release = await machine.release(over);
  if (!('envelope' in release)) throw new Error(release.result.body);
  return release.envelope;
}

describe('when an instance with a blank device asks for the first time', () => {
  it('gets a new volume that it may format, with a key of 64 bytes', async () => {
    const machine = new Machine(new KeyserverWorld(), 1);
    const envelope = await envelopeOf(machine);
    expect(envelope.state).toBe('enrolling');
    expect(envelope.instance).toBe(machine.id);
    expect(Buffer.from(envelope.keys[0] ?? '', 'base64url')).toHaveLength(64);
    expect(Buffer.from(envelope.entropy, 'base64url')).toHaveLength(64);
    expect(envelope.header).toBeUndefined();
  });

  it('gets a recovery passphrase that only the custodian can read back from the ciphertext', async () => {
    const { recovery } = await envelopeOf(new Machine(new KeyserverWorld(), 1));
    expect(recovery?.passphrase).toMatch(/^[0-9a-hjkmnp-tv-z]{32}$/);
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const key = { key: RECOVERY_PRIVATE_KEY, padding, oaepHash: 'sha256' };
    const opened = privateDecrypt(key, Buffer.from(recovery?.sealed ?? '', 'base64url'));
    expect(opened.toString()).toBe(recovery?.passphrase);
  });

  it('leaves nothing in the table that opens the disk', async () => {
    const world = new KeyserverWorld();
    const envelope = await envelopeOf(new Machine(world, 1));
    const stored = JSON.stringify([...world.table.items.values()]);
    expect(stored).toContain(envelope.luks);
    expect(stored).not.toContain(envelope.keys[0]);
    expect(stored).not.toContain(envelope.ticket);
    expect(stored).not.toContain(envelope.recovery?.passphrase);
    expect(JSON.stringify(world.audit)).not.toContain(envelope.keys[0]);
  });

  it('is given the same answer until it is ready, with and without the header', async () => {
    const machine = new Machine(new KeyserverWorld(), 1);
    const first = await envelopeOf(machine);
    machine.restart();
    const blank = await envelopeOf(machine);
    const formatted = await envelopeOf(machine, { luks: first.luks });
    for (const again of [blank, formatted]) {
      const { luks, keys, ticket, recovery, state, sealed } = first;
      expect(again).toMatchObject({ luks, keys, ticket, recovery, state, sealed });
    }
  });
});

describe('when two endpoints are asked side by side', () => {
  it('answers both with one volume and one key', async () => {
    const world = new KeyserverWorld();
    const machine = new Machine(world, 1);
    const answers = await Promise.all([envelopeOf(machine), envelopeOf(machine), envelopeOf(machine)]);
    expect(
      new Set(answers.map(({ luks, keys, ticket }) => `${luks} ${String(keys[0])} ${ticket}`)).size,
    ).toBe(1);
    expect([...world.table.items.keys()].filter((key) => key.startsWith('volume#'))).toHaveLength(1);
  });
});

describe('when the keyserver dies or loses an answer at any call of an enrolment', () => {
  const faults: Fault[] = ['lost-request', 'lost-answer'];
  const positions = [0, 1, 2, 3, 4, 5, 6, 7];
  const cases = faults.flatMap((fault) => positions.map((position) => ({ fault, position })));
  it.each(cases)(
    'goes on from what is stored after a $fault at call $position',
    async ({ fault, position }) => {
      const world = new KeyserverWorld();
      const machine = new Machine(world, 1);
      let call = 0;
      world.table.fault = () => (call++ === position ? fault : undefined);
      const broken = await machine.release();
      // Seven calls: claim, a denial, claim written, claim again, volume, a denial, volume written.
      expect(broken.status).toBe(position < 7 ? 503 : 200);
      world.table.fault = undefined;
      const luks = await machine.boot();
      expect(await machine.boot()).toBe(luks);
      expect([...world.table.items.keys()].filter((key) => key.startsWith('volume#'))).toHaveLength(1);
    },
  );
});

describe('when EC2 does not vouch for the instance', () => {
  const changes: [string, object][] = [
    ['instance-state', { state: 'stopping' }],
    ['instance-vpc', { vpc: 'vpc-2' }],
    ['instance-address', { address: '10.0.0.99' }],
    ['instance-profile', { profile: 'arn:aws:iam::999999999999:instance-profile/fleet' }],
    ['instance-profile', { profile: '' }],
    ['instance-tag', { tags: { 'sealroot:stage': 'prod' } }],
  ];
  it.each(changes)('refuses for %s, and writes nothing', async (reason, change) => {
    const world = new KeyserverWorld();
    const machine = new Machine(world, 1);
    const facts = world.instances.get(machine.id);
    if (facts !== undefined) world.instances.set(machine.id, { ...facts, ...change });
    expect((await machine.release()).status).toBe(403);
    expect(world.lastAudit).toMatchObject({ decision: 'refused', reason });
    expect(world.table.items.size).toBe(0);
  });

  const strangers: [string, object][] = [
    ['of another account', { owner: '999999999999' }],
    [
      'of another recipe',
      { tags: { Ec2ImageBuilderArn: 'arn:aws:imagebuilder:eu-west-1:111122223333:image/x/1.0.0/1' } },
    ],
    [
      'of a recipe whose name begins alike',
      {
        tags: {
          Ec2ImageBuilderArn: 'arn:aws:imagebuilder:eu-west-1:111122223333:image/sealroot-dev2/1.0.0/1',
        },
      },
    ],
    ['of another stage', { tags: { 'sealroot:stage': 'prod' } }],
  ];
  it.each(strangers)('refuses an image %s', async (_, change) => {
    const world = new KeyserverWorld();
    const machine = new Machine(world, 1);
    const image = world.images.get('ami-1');
    if (image !== undefined) world.images.set('ami-1', { ...image, ...change });
    expect((await machine.release()).status).toBe(403);
    expect(world.lastAudit?.reason).toBe('image');
  });

  it('asks an instance that EC2 does not show yet to come again', async () => {
    const world = new KeyserverWorld();
    const machine = new Machine(world, 1);
    world.instances.clear();
    const answer = await machine.release();
    expect(answer).toMatchObject({ status: 503, result: { headers: { 'retry-after': '5' } } });
  });

  it('lets the image test enrol without the stage tag, by its role', async () => {
    const world = new KeyserverWorld();
    const machine = new Machine(world, 1);
    const facts = world.instances.get(machine.id);
    if (facts !== undefined) world.instances.set(machine.id, { ...facts, tags: {} });
    expect((await machine.release()).status).toBe(403);
    machine.role = 'image-test';
    expect((await machine.release()).status).toBe(200);
  });
});

describe('when EC2 no longer knows the image of an instance', () => {
  function withoutImage(policy: ConstructorParameters<typeof KeyserverWorld>[0] = {}) {
    const world = new KeyserverWorld(policy);
    const machine = new Machine(world, 1);
    const image = world.images.get('ami-1')!;
    world.images.clear();
    return { world, machine, restore: () => world.images.set('ami-1', image) };
  }
  const idOf = (held: Awaited<ReturnType<Machine['release']>>): string => ('id' in held ? held.id : '');
  const shown = async (world: KeyserverWorld, id: string): Promise<unknown> =>
    JSON.parse((await world.operatorApi('GET', '/v1/requests/{id}', { id })).body);

  it('no enrolment goes through by itself: it waits for a person, who is told', async () => {
    const { world, machine } = withoutImage();
    const held = await machine.release();
    expect(held.status).toBe(202);
    expect(world.lastAudit).toMatchObject({ decision: 'pending', reason: 'enrolment' });
    expect(await shown(world, idOf(held))).toMatchObject({ reason: 'enrolment', imageGone: true });
    expect([...world.table.items.keys()]).toEqual([`request#${idOf(held)}`]);
  });

  it('a person lets it enrol, once and for that boot', async () => {
    const { world, machine } = withoutImage();
    await world.approve(idOf(await machine.release()));
    const released = await machine.release();
    expect(released.status).toBe(200);
    const other = new Machine(world, 2);
    expect((await other.release()).status).toBe(202);
  });

  it('a claim without a volume does not go through by itself either', async () => {
    const { world, machine, restore } = withoutImage();
    restore();
    world.table.fault = (operation, key) =>
      operation === 'create' && key.startsWith('volume#') ? 'lost-request' : undefined;
    expect((await machine.release()).status).toBe(503);
    world.table.fault = undefined;
    world.images.clear();
    const held = await machine.release();
    expect(held.status).toBe(202);
    await world.approve(idOf(held));
    expect((await machine.release()).status).toBe(200);
  });

  it('it enrols by itself when the image is seen again, unless a person has said no', async () => {
    const { world, machine, restore } = withoutImage();
    const held = await machine.release();
    restore();
    expect((await machine.release()).status).toBe(200);
    const other = new Machine(world, 2);
    world.images.clear();
    await world.deny(idOf(await other.release()));
    expect((await other.release()).status).toBe(403);
    restore();
    expect((await other.release()).status).toBe(403);
    expect(world.lastAudit).toMatchObject({ decision: 'refused', reason: 'denied' });
    expect(held.status).toBe(202);
  });

  it('a policy that asks for every enrolment is told of it as well', async () => {
    const { world, machine } = withoutImage({ enrolment: 'approve' });
    expect(await shown(world, idOf(await machine.release()))).toMatchObject({ imageGone: true });
  });

  it('one approval is enough for a disk that was replaced', async () => {
    const { world, machine, restore } = withoutImage();
    restore();
    await machine.boot();
    world.images.clear();
    machine.disk = {};
    machine.restart();
    const held = await machine.release();
    expect(await shown(world, idOf(held))).toMatchObject({ reason: 're-enrolment', imageGone: true });
    await world.approve(idOf(held));
    expect((await machine.release()).status).toBe(200);
  });

  it('a volume that was moved waits, and is moved when a person says so', async () => {
    const { world, machine, restore } = withoutImage();
    restore();
    await machine.boot();
    world.images.clear();
    const other = new Machine(world, 2);
    other.disk = structuredClone(machine.disk);
    const held = await other.release();
    expect(await shown(world, idOf(held))).toMatchObject({ reason: 'moved', imageGone: true });
    await world.approve(idOf(held));
    expect((await other.release()).status).toBe(200);
  });

  it('a volume that is known is unlocked: that does not ask for the image', async () => {
    const { world, machine, restore } = withoutImage();
    restore();
    await machine.boot();
    world.images.clear();
    machine.restart();
    expect((await machine.release()).status).toBe(200);
  });

  it('what else does not fit is refused, and nobody is asked', async () => {
    const { world, machine } = withoutImage();
    const facts = world.instances.get(machine.id)!;
    world.instances.set(machine.id, { ...facts, vpc: 'vpc-2' });
    expect((await machine.release()).status).toBe(403);
    expect(world.table.items.size).toBe(0);
  });
});

describe('when a process on a running instance asks for a new volume', () => {
  it('is refused any data volume, whose key it would know before root uses it', async () => {
    const world = new KeyserverWorld();
    const machine = new Machine(world, 1);
    await machine.boot();
    expect((await machine.release({ volume: 'data-db', luks: undefined })).status).toBe(403);
    expect(world.lastAudit?.reason).toBe('policy');
  });

  it('is held for approval when it pretends to be blank', async () => {
    const world = new KeyserverWorld();
    const machine = new Machine(world, 1);
    await machine.boot();
    expect((await machine.release({ luks: undefined, ticket: undefined })).status).toBe(202);
    expect(world.lastAudit?.reason).toBe('re-enrolment');
  });
});
