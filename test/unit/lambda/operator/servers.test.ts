import { describe, expect, it } from '@jest/globals';
import { Agent } from '../world/agent.ts';
import { json, OTHER_SERVER, PreseedWorld, SERVER } from '../world/preseed-world.ts';
import { OPERATOR } from '../world/keyserver-world.ts';

async function created() {
  const world = new PreseedWorld();
  await world.create();
  return world;
}

async function contested() {
  const world = await created();
  const agent = new Agent(world, 1);
  await world.send('one');
  await agent.register();
  await new Agent(world, 2).register();
  return { world, agent };
}

const idOf = (number: number): string => `srv-${String(number).padStart(26, '0')}`;

describe('when an operator makes a server', () => {
  it('it waits for its instance', async () => {
    const world = await created();
    expect(await world.show()).toEqual({
      server: SERVER,
      for: 'web-1',
      state: 'created',
      contested: false,
      created: '2027-01-15T08:00:00Z',
      by: OPERATOR,
      hooks: [],
      hostKeys: [],
      messages: [],
    });
  });

  it('and repeats it, the answer is the same and nothing has changed', async () => {
    const world = await created();
    await new Agent(world, 1).register();
    const again = await world.operator('createServer', { server: SERVER, for: 'web-1' });
    expect(json(again)).toMatchObject({ state: 'registered' });
  });

  it.each([
    ['for something else', { server: SERVER, for: 'web-2' }, OPERATOR],
    [
      'as somebody else',
      { server: SERVER, for: 'web-1' },
      'arn:aws:sts::111122223333:assumed-role/operator/eve',
    ],
  ])('and repeats it %s, is told to draw another id', async (_, body, by) => {
    const world = await created();
    expect((await world.operator('createServer', body, SERVER, { by })).statusCode).toBe(409);
  });
});

describe('when an operator looks at servers', () => {
  it('sees them in pages, without what is secret or removed', async () => {
    const world = new PreseedWorld();
    for (let number = 0; number < 103; number += 1) await world.create(idOf(number));
    world.tamper('server', { ttl: world.now }, idOf(0));
    const agent = new Agent(world, 1, idOf(1));
    await agent.register();
    const first = json(await world.operator('listServers')) as { servers: object[]; next: string };
    expect(first.servers).toHaveLength(99);
    expect(first.servers[0]).toMatchObject({ server: idOf(1), state: 'registered', instance: agent.id });
    const second = json(await world.operator('listServers', undefined, '', { query: { next: first.next } }));
    expect(second).toEqual({ servers: [expect.anything(), expect.anything(), expect.anything()] });
    expect(JSON.stringify([first, second])).not.toMatch(/secret|subkey|"key"|address/);
  });

  it('is told that there is none of that id', async () => {
    const world = await created();
    expect((await world.operator('showServer', undefined, OTHER_SERVER)).statusCode).toBe(404);
    expect((await world.operator('withdrawServer', {}, OTHER_SERVER)).statusCode).toBe(404);
    expect((await world.operator('resolveServer', { decision: 'keep' }, OTHER_SERVER)).statusCode).toBe(404);
  });
});

describe('when a custodian resolves a contest', () => {
  it('by keep, the registered instance goes on', async () => {
    const { world, agent } = await contested();
    expect((await agent.receive()).statusCode).toBe(403);
    expect(json(await world.operator('resolveServer', { decision: 'keep' }))).toMatchObject({
      contested: false,
    });
    await agent.run();
    expect((await world.show()).state).toBe('finished');
  });

  it('by keep, the registered instance may register again, and no other', async () => {
    const { world, agent } = await contested();
    world.now += 5000;
    await world.operator('resolveServer', { decision: 'keep' });
    agent.restart();
    expect((await agent.register()).statusCode).toBe(200);
    expect((await new Agent(world, 2).register()).statusCode).toBe(403);
    expect((await world.show()).contested).toBe(true);
  });

  it('by reset, the registration is forgotten, and the next instance takes over all that was not settled', async () => {
    const { world, agent } = await contested();
    await world.operator('resolveServer', { decision: 'reset', reason: 'the first was a mistake' });
    expect(await world.show()).toMatchObject({ state: 'created', contested: false });
    for (const member of ['instance', 'secret', 'subkey', 'key', 'binding', 'registered']) {
      expect(world.stored('server')).not.toHaveProperty(member);
    }
    const second = new Agent(world, 2);
    await second.run();
    expect(second.applied).toHaveLength(1);
    expect((await agent.receive()).statusCode).toBe(403);
  });

  it('and repeats a reset after the next instance has registered, that one is not forgotten', async () => {
    const { world } = await contested();
    await world.operator('resolveServer', { decision: 'reset' });
    expect((await world.operator('resolveServer', { decision: 'reset' })).statusCode).toBe(200);
    const second = new Agent(world, 2);
    await second.register();
    expect((await world.operator('resolveServer', { decision: 'reset' })).statusCode).toBe(409);
    expect((await second.receive()).statusCode).toBe(200);
  });

  it('there has to be one', async () => {
    const world = await created();
    expect((await world.operator('resolveServer', { decision: 'keep' })).statusCode).toBe(409);
    expect((await world.operator('resolveServer', { decision: 'reset' })).statusCode).toBe(409);
  });

  it('of a finished server, only the mark goes', async () => {
    const world = await created();
    const agent = new Agent(world, 1);
    await agent.run();
    await new Agent(world, 2).register();
    expect((await world.operator('resolveServer', { decision: 'reset' })).statusCode).toBe(409);
    expect(json(await world.operator('resolveServer', { decision: 'keep' }))).toMatchObject({
      state: 'finished',
      contested: false,
    });
    expect((await new Agent(world, 2).register()).statusCode).toBe(403);
  });
});

describe('when an operator withdraws a server', () => {
  const secrets = (world: PreseedWorld): string[] =>
    [...world.table.items.values()].flatMap((item) =>
      ['body', 'secret', 'binding', 'subkey'].filter((member) => item[member] !== undefined),
    );

  it.each(['created', 'registered', 'delivered', 'configuring', 'contested'] as const)(
    'that is %s, what it was to be told is erased and nobody gets anything',
    async (state) => {
      const world = await created();
      await world.send('one', 'two');
      const agent = new Agent(world, 1);
      if (state !== 'created') await agent.register();
      if (state === 'delivered' || state === 'configuring') await agent.receive();
      if (state === 'configuring') await agent.report('configuring');
      if (state === 'contested') await new Agent(world, 2).register();
      const withdrawn = await world.operator('withdrawServer', { reason: 'not needed' });
      expect(json(withdrawn)).toMatchObject({ state: 'withdrawn', contested: false });
      expect(secrets(world)).toEqual([]);
      const wasOut = state === 'delivered' || state === 'configuring';
      expect(await world.states()).toEqual(wasOut ? ['delivered', 'delivered'] : ['expired', 'expired']);
      expect((await agent.register()).statusCode).toBe(403);
      expect((await agent.receive()).statusCode).toBe(403);
      expect(world.stored('server')['ttl']).toBe(world.now + 30 * 24 * 3600);
    },
  );

  it('that is finished, is told so', async () => {
    const world = await created();
    await new Agent(world, 1).run();
    expect((await world.operator('withdrawServer')).statusCode).toBe(409);
  });

  it.each(['lost-request', 'lost-answer'] as const)(
    'with a %s at any call, a repeated one completes it',
    async (fault) => {
      for (let at = 0; at < 8; at += 1) {
        const world = await created();
        await world.send('one', 'two');
        await new Agent(world, 1).register();
        let calls = 0;
        world.table.fault = () => (calls++ === at ? fault : undefined);
        await world.operator('withdrawServer');
        world.table.fault = undefined;
        expect((await world.operator('withdrawServer')).statusCode).toBe(200);
        expect(secrets(world)).toEqual([]);
      }
    },
  );
});
