import { describe, expect, it } from '@jest/globals';
import { Agent } from '../world/agent.ts';
import { batch, json, PreseedWorld } from '../world/preseed-world.ts';

async function registered(...contents: string[]) {
  const world = new PreseedWorld();
  await world.create();
  const agent = new Agent(world, 1);
  if (contents.length > 0) await world.send(...contents);
  await agent.register();
  return { world, agent };
}

describe('when the instance reports that it is configuring', () => {
  it('the operator sees hooks and host keys, and nothing can be sent any more', async () => {
    const { world, agent } = await registered('one');
    await agent.receive();
    const hooks = [{ stage: 'firstboot' as const, name: '90-scripts', status: 3 }];
    expect(json(await agent.report('configuring', { hooks }))).toEqual({ v: 1 });
    expect(await world.show()).toMatchObject({
      state: 'configuring',
      hooks,
      hostKeys: [{ type: 'ssh-ed25519' }],
    });
    expect((await world.operator('sendMessages', batch('late'))).statusCode).toBe(409);
  });

  it('it is told to receive first while something waits, and nothing has changed', async () => {
    const { world, agent } = await registered('one');
    const answer = await agent.report('configuring');
    expect(answer.statusCode).toBe(409);
    expect(Object.keys(json(answer)).sort()).toEqual(['code', 'request']);
    expect((await world.show()).state).toBe('registered');
  });

  it('what has expired does not hold it up', async () => {
    const { world, agent } = await registered('one');
    world.now += 3601;
    expect((await agent.report('configuring')).statusCode).toBe(200);
    expect(await world.states()).toEqual(['expired']);
  });

  it('it can still receive again what it held, and acknowledge', async () => {
    const { world, agent } = await registered('one');
    await agent.receive();
    await agent.report('configuring');
    agent.restart();
    await agent.register();
    await agent.receive();
    expect(agent.memory.taken).toHaveLength(1);
    await agent.ack({ seq: 1, result: 'applied' });
    expect(await world.states()).toEqual(['applied']);
  });

  it('a message that is published at the same moment is either refused, or keeps the mailbox open', async () => {
    for (const winner of ['send', 'report'] as const) {
      const { world, agent } = await registered('one');
      await agent.receive();
      const last = { send: 'configuring', report: 'published' } as const;
      let raced: Promise<{ statusCode: number }> | undefined;
      world.table.beforeWrite = async (key) => {
        if (!key.endsWith('/server') || raced !== undefined) return;
        raced =
          winner === 'send' ? world.operator('sendMessages', batch('two')) : agent.report('configuring');
        await raced;
      };
      const other =
        winner === 'send' ? agent.report('configuring') : world.operator('sendMessages', batch('two'));
      expect([last[winner], (await other).statusCode]).toEqual([last[winner], 409]);
      expect((await raced)?.statusCode).toBe(200);
      expect(await world.states()).toEqual(winner === 'send' ? ['delivered', 'published'] : ['delivered']);
      world.table.beforeWrite = undefined;
      expect(world.stored('message#000002')['body'] !== undefined).toBe(winner === 'send');
      if (winner === 'report') expect(world.stored('message#000002')).not.toHaveProperty('key');
    }
  });
});

describe('when the instance reports that it has finished', () => {
  it('the secret is gone, and nothing is answered any more but a repeated report', async () => {
    const { world, agent } = await registered('one', 'two');
    await agent.run();
    expect(await world.show()).toMatchObject({ state: 'finished', finished: expect.any(String) });
    expect(await world.states()).toEqual(['applied', 'applied']);
    for (const member of ['secret', 'binding', 'repeatable']) {
      expect(world.stored('server')).not.toHaveProperty(member);
    }
    expect(world.stored('server')['ttl']).toBe(world.now + 30 * 24 * 3600);
    expect((await agent.report('finished')).statusCode).toBe(200);
    expect((await agent.receive()).statusCode).toBe(403);
    expect((await agent.ack({ seq: 1, result: 'applied' })).statusCode).toBe(403);
  });

  it('it is told to acknowledge first what it has received', async () => {
    const { world, agent } = await registered('one');
    await agent.receive();
    await agent.report('configuring');
    expect((await agent.report('finished')).statusCode).toBe(409);
    expect((await world.show()).state).toBe('configuring');
  });

  it('it is told to close the mailbox first', async () => {
    const { agent } = await registered();
    expect((await agent.report('finished')).statusCode).toBe(409);
  });

  it('a repeated report changes nothing, whatever it says', async () => {
    const { world, agent } = await registered();
    await agent.run();
    const before = structuredClone(world.stored('server'));
    await agent.report('finished', { hooks: [{ stage: 'everyboot', name: 'other', status: 1 }] });
    await agent.report('configuring');
    expect(world.stored('server')).toEqual(before);
  });
});

describe('when a report is not one', () => {
  it.each([
    ['under another key', (agent: Agent) => (agent.memory.secret = Buffer.alloc(32))],
    ['with a name that a terminal would act on', () => undefined],
  ])('%s, it is malformed, and nothing has changed', async (name, change) => {
    const { world, agent } = await registered();
    change(agent);
    const hooks = [{ stage: 'firstboot' as const, name: '\u001b[2J', status: 0 }];
    const answer = await agent.report('configuring', name.startsWith('with') ? { hooks } : {});
    expect(json(answer)).toMatchObject({
      code: 'malformed',
      field: name.includes('another') ? 'report' : 'hooks.0.name',
    });
    expect((await world.show()).state).toBe('registered');
  });
});
