import { describe, expect, it } from '@jest/globals';
import { jwkThumbprint, publicJwk } from '../../../../protocol/jose/jwk.ts';
import { json, OTHER_SERVER, PreseedWorld, SERVER } from '../world/preseed-world.ts';
import { Agent } from '../world/agent.ts';
import type { From } from '../world/keyserver-world.ts';

async function created() {
  const world = new PreseedWorld();
  await world.create();
  return { world, agent: new Agent(world, 1) };
}

describe('when the instance of a server registers', () => {
  it('gets subkey and secret, and the server is its own', async () => {
    const { world, agent } = await created();
    expect((await agent.register()).statusCode).toBe(200);
    expect(await world.show()).toMatchObject({ state: 'registered', instance: agent.id, contested: false });
    expect(world.alarms).toEqual([]);
  });

  it('leaves nothing in the table that is of use without KMS', async () => {
    const { world, agent } = await created();
    await agent.register();
    const stored = JSON.stringify([...world.table.items.values()]);
    expect(stored).not.toContain(agent.memory.subkey);
    expect(stored).not.toContain(agent.memory.secret?.toString('base64url'));
  });

  it('gets the same again for 900 seconds, and so after a restart', async () => {
    const { world, agent } = await created();
    await agent.register();
    const { subkey, secret } = agent.memory;
    agent.restart();
    world.now += 899;
    expect((await agent.register()).statusCode).toBe(200);
    expect(agent.memory).toMatchObject({ subkey, secret });
    expect(world.alarms).toEqual([]);
  });

  it('is refused after that: the server is contested', async () => {
    const { world, agent } = await created();
    await agent.register();
    world.now += 900;
    expect((await agent.register()).statusCode).toBe(403);
    expect(world.alarms).toEqual(['second-registration']);
    expect((await world.show()).contested).toBe(true);
  });

  it('is asked to come again while EC2 does not show it yet', async () => {
    const { world, agent } = await created();
    world.instances.delete(agent.id);
    const result = await agent.register();
    expect([result.statusCode, result.headers?.['retry-after']]).toEqual([503, '5']);
    expect(world.alarms).toEqual([]);
  });

  it.each(['drawKey', 'sign'] as const)('can repeat when KMS was down for %s', async (moment) => {
    const { world, agent } = await created();
    if (moment === 'drawKey') world.kms.isDown = true;
    // Only the answer is lost: the server is registered by then.
    else world.table.beforeWrite = () => void (world.kms.isDown = true);
    expect((await agent.register()).statusCode).toBe(503);
    world.kms.isDown = false;
    world.table.beforeWrite = undefined;
    expect((await agent.register()).statusCode).toBe(200);
    expect((await world.show()).contested).toBe(false);
  });

  it.each(['lost-request', 'lost-answer'] as const)('can repeat when the write had a %s', async (fault) => {
    const { world, agent } = await created();
    world.table.fault = (operation) => (operation === 'change' ? fault : undefined);
    expect((await agent.register()).statusCode).toBe(503);
    world.table.fault = undefined;
    expect((await agent.register()).statusCode).toBe(200);
    expect(world.alarms).toEqual([]);
  });

  it('and asks twice at once, gets one secret', async () => {
    const { world, agent } = await created();
    const twin = new Agent(world, 1);
    Object.assign(twin, { key: agent.key });
    await Promise.all([agent.register(), twin.register()]);
    expect(agent.memory.secret).toBeDefined();
    expect(twin.memory.secret).toEqual(agent.memory.secret);
    expect(world.alarms).toEqual([]);
  });
});

describe('when somebody else registers', () => {
  it('first, without the tag, is refused and alarmed, and nothing has changed', async () => {
    const { world, agent } = await created();
    const stranger = new Agent(world, 2, OTHER_SERVER);
    const before = structuredClone(world.stored('server'));
    expect((await stranger.register({ server: SERVER })).statusCode).toBe(403);
    expect(world.alarms).toEqual(['server-tag']);
    expect(world.stored('server')).toEqual(before);
    expect((await agent.register()).statusCode).toBe(200);
  });

  it.each([
    ['of an image that is not ours', { image: 'ami-2' }, 'image'],
    ['that is not running', { state: 'stopped' }, 'instance-state'],
    ['at another address', { address: '10.9.9.9' }, 'instance-address'],
  ])('from an instance %s, is refused and alarmed', async (_, facts, reason) => {
    const { world, agent } = await created();
    const known = world.instances.get(agent.id);
    if (known !== undefined) world.instances.set(agent.id, { ...known, ...facts });
    expect((await agent.register()).statusCode).toBe(403);
    expect(world.alarms).toEqual([reason]);
    expect((await world.show()).state).toBe('created');
  });

  it('second, even with the tag, is refused and alarmed, and the server is contested', async () => {
    const { world, agent } = await created();
    await agent.register();
    const second = new Agent(world, 2);
    expect((await second.register()).statusCode).toBe(403);
    expect(world.alarms).toEqual(['second-registration']);
    expect(await world.show()).toMatchObject({ contested: true, instance: agent.id });
  });

  it('with the instance but another key, is refused and contests', async () => {
    const { world, agent } = await created();
    await agent.register();
    expect((await new Agent(world, 1).register()).statusCode).toBe(403);
    expect((await world.show()).contested).toBe(true);
  });

  it('at the same moment, exactly one of them wins', async () => {
    const { world, agent } = await created();
    const second = new Agent(world, 2);
    const results = await Promise.all([agent.register(), second.register()]);
    expect(results.map(({ statusCode }) => statusCode).sort()).toEqual([200, 403]);
    expect((await world.show()).contested).toBe(true);
  });

  it.each(['finished', 'configuring'] as const)('after it was %s, is refused and alarmed', async (state) => {
    const { world, agent } = await created();
    await agent.register();
    await agent.report('configuring');
    if (state === 'finished') await agent.report('finished');
    expect((await new Agent(world, 2).register()).statusCode).toBe(403);
    expect(world.alarms).toEqual(['second-registration']);
  });

  it('again after it has finished, because power failed, it is refused without alarm', async () => {
    const { world, agent } = await created();
    await agent.run();
    agent.restart();
    world.now += 100_000;
    expect((await agent.register()).statusCode).toBe(403);
    expect(world.alarms).toEqual([]);
    expect((await world.show()).contested).toBe(false);
  });

  it('and writes itself into the table, is refused and alarmed', async () => {
    const { world, agent } = await created();
    await agent.register();
    const thief = new Agent(world, 2);
    const key = jwkThumbprint(publicJwk(thief.key));
    world.tamper('server', { instance: thief.id, address: thief.address, key });
    expect((await thief.register()).statusCode).toBe(403);
    expect(world.alarms).toEqual(['binding']);
  });
});

describe('when a registration is refused', () => {
  it.each<[string, Partial<From>]>([
    ['no instance', { userArn: 'arn:aws:sts::111122223333:assumed-role/fleet/ada' }],
    ['another role', { userArn: 'arn:aws:sts::111122223333:assumed-role/image-test/i-00000000000000001' }],
    ['another account', { userArn: 'arn:aws:sts::999999999999:assumed-role/fleet/i-00000000000000001' }],
    ['another endpoint', { vpceId: 'vpce-2' }],
    ['another VPC', { vpcId: 'vpc-2' }],
  ])('because it is from %s, nothing has changed', async (_, from) => {
    const { world, agent } = await created();
    const before = structuredClone(world.stored('server'));
    const result = await world.instance('register', agent.registerRequest(), { ...agent.from, ...from });
    expect(result.statusCode).toBe(403);
    expect(world.stored('server')).toEqual(before);
  });

  it('says nothing of why', async () => {
    const { world, agent } = await created();
    const bodies = [await new Agent(world, 2, OTHER_SERVER).register({ server: SERVER })];
    bodies.push(await agent.register({ server: OTHER_SERVER }));
    await agent.register();
    bodies.push(await new Agent(world, 2).register());
    for (const body of bodies) {
      expect(json(body)).toEqual({ code: 'refused', request: expect.stringMatching(/^call-/) });
    }
    expect(world.audit.filter(({ decision }) => decision === 'refused').map(({ reason }) => reason)).toEqual([
      'server-tag',
      'unknown-server',
      'second-registration',
    ]);
  });
});
