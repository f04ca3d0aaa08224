import { describe, expect, it } from '@jest/globals';
import { MAX_MESSAGE_BYTES, type MessageStatus } from '../../../../protocol/server.ts';
import { Agent } from '../world/agent.ts';
import { batch, json, OTHER_SERVER, PreseedWorld, SERVER } from '../world/preseed-world.ts';
import { OPERATOR } from '../world/keyserver-world.ts';

async function created() {
  const world = new PreseedWorld();
  await world.create();
  return world;
}

const statuses = (result: { body: string }): MessageStatus[] => json(result)['messages'] as MessageStatus[];

describe('when an operator sends messages', () => {
  it('they are published in order, sealed, and nothing of them is shown', async () => {
    const world = await created();
    const sent = await world.send('first-secret', { type: 'totp', user: 'root', secret: 'JBSWY3DPEHPK3PXP' });
    const common = { state: 'published', sent: '2027-01-15T08:00:00Z', by: OPERATOR, deliveries: 0 };
    expect(sent).toEqual([
      { ...common, seq: 1, type: 'inithooks', bytes: 57, expires: '2027-01-15T09:00:00Z' },
      { ...common, seq: 2, type: 'totp', bytes: 57, expires: '2027-01-15T09:00:00Z' },
    ]);
    expect((await world.show()).messages).toEqual(sent);
    const everything = JSON.stringify([...world.table.items.values(), world.answers, world.audit]);
    expect(everything).not.toMatch(/first-secret|JBSWY3DPEHPK3PXP/);
  });

  it('each has a data key of its own', async () => {
    const world = await created();
    await world.send('one', 'two', 'three');
    expect(world.kms.calls).toEqual(['generate', 'generate', 'generate']);
    const keys = [1, 2, 3].map((seq) => world.stored(`message#00000${String(seq)}`)['key']);
    expect(new Set(keys).size).toBe(3);
  });

  it('one of an id that was sent before is not sent again', async () => {
    const world = await created();
    const messages = batch('one', 'two');
    const first = await world.operator('sendMessages', messages);
    const third = batch('three').messages;
    const again = await world.operator('sendMessages', { messages: [...messages.messages, ...third] });
    expect(statuses(again).slice(0, 2)).toEqual(statuses(first));
    expect(await world.states()).toHaveLength(3);
  });

  it('the same id twice at once is one message', async () => {
    const world = await created();
    const messages = batch('one', 'two');
    const answers = await Promise.all([
      world.operator('sendMessages', messages),
      world.operator('sendMessages', messages),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(await world.states()).toHaveLength(2);
  });

  it('two senders at once get numbers of their own, and each keeps its order', async () => {
    const world = await created();
    const both = [batch('a1', 'a2', 'a3'), batch('b1', 'b2', 'b3')];
    const answers = await Promise.all(both.map((each) => world.operator('sendMessages', each)));
    const numbers = answers.map((answer) => statuses(answer).map(({ seq }) => seq));
    for (const row of numbers) expect(row).toEqual([...row].sort((a, b) => a - b));
    expect(numbers.flat().sort()).toEqual([1, 2, 3, 4, 5, 6]);
    const agent = new Agent(world, 1);
    await agent.run();
    expect(agent.applied).toHaveLength(6);
  });

  it.each(['lost-request', 'lost-answer'] as const)(
    'a %s at any call is mended by repeating it',
    async (fault) => {
      for (let at = 0; at < 9; at += 1) {
        const world = await created();
        const messages = batch('one', 'two');
        let calls = 0;
        world.table.fault = () => (calls++ === at ? fault : undefined);
        await world.operator('sendMessages', messages);
        world.table.fault = undefined;
        const again = await world.operator('sendMessages', messages);
        expect(statuses(again).map(({ seq, state }) => [seq, state])).toEqual([
          [1, 'published'],
          [2, 'published'],
        ]);
        const agent = new Agent(world, 1);
        await agent.run();
        expect(agent.applied).toHaveLength(2);
      }
    },
  );

  it('a sender who counts late takes nothing back of what another has published', async () => {
    const world = await created();
    let isFirst = true;
    world.table.beforeWrite = async (key) => {
      if (!key.endsWith('/server') || !isFirst) return;
      isFirst = false;
      await world.operator('sendMessages', batch('two', 'three'));
    };
    await world.send('one');
    expect(await world.states()).toEqual(['published', 'published', 'published']);
  });

  it('an instance sees all of a batch or nothing', async () => {
    const world = await created();
    const agent = new Agent(world, 1);
    await agent.register();
    world.table.fault = (operation, key) =>
      operation === 'create' && key.endsWith('2') ? 'lost-request' : undefined;
    expect((await world.operator('sendMessages', batch('one', 'two'))).statusCode).toBe(503);
    world.table.fault = undefined;
    await agent.receive();
    expect(agent.memory.taken).toEqual([]);
  });
});

describe('when messages cannot be sent', () => {
  const expectField = (result: { body: string }, field: string) => {
    expect(json(result)).toEqual({ code: 'malformed', field, request: expect.any(String) });
  };

  it.each([
    ['messages', { messages: [] }],
    ['messages', { messages: Array.from({ length: 21 }, () => batch('x').messages[0]) }],
    ['messages.0.id', { messages: [{ ...batch('x').messages[0], id: 'x' }] }],
    ['messages.0.lifetime', { messages: [{ ...batch('x').messages[0], lifetime: 604_801 }] }],
    ['messages.0.lifetime', { messages: [{ ...batch('x').messages[0], lifetime: 0 }] }],
    ['messages.1.message.path', batch('x', { type: 'file', path: '/etc/../x' })],
    ['messages.0.message', { messages: [{ ...batch('x').messages[0], message: 'x' }] }],
    ['messages.0.message', batch('x'.repeat(MAX_MESSAGE_BYTES))],
    ['body', 'x'.repeat(2_000_001)],
  ])('%s is named, and nothing is published', async (field, body) => {
    const world = await created();
    expectField(await world.operator('sendMessages', body), field);
    expect(await world.states()).toEqual([]);
  });

  it('what was given in place of a name is not repeated', async () => {
    const world = await created();
    const message = { type: 'inithooks', values: { 'my secret password': 'x' } };
    expectField(await world.operator('sendMessages', batch(message)), 'messages.0.message.values');
    expect(JSON.stringify([world.answers, world.audit])).not.toContain('my secret password');
  });

  it('twenty of the greatest size can be', async () => {
    const world = await created();
    const big = 'x'.repeat(MAX_MESSAGE_BYTES - 100);
    const result = await world.operator('sendMessages', batch(...Array.from({ length: 20 }, () => big)));
    expect(result.statusCode).toBe(200);
  });

  it('a server takes a hundred, and a batch that is too many changes nothing', async () => {
    const world = await created();
    for (let sent = 0; sent < 95; sent += 19) await world.send(...Array.from({ length: 19 }, () => 'x'));
    expect(
      (await world.operator('sendMessages', batch(...Array.from({ length: 6 }, () => 'x')))).statusCode,
    ).toBe(409);
    expect(await world.send(...Array.from({ length: 5 }, () => 'x'))).toHaveLength(5);
    expect((await world.operator('sendMessages', batch('x'))).statusCode).toBe(409);
  });

  it('there is no such server', async () => {
    const world = await created();
    expect((await world.operator('sendMessages', batch('x'), OTHER_SERVER)).statusCode).toBe(404);
    expect((await world.operator('sendMessages', batch('x'), 'srv-x')).statusCode).toBe(400);
  });

  it('it is contested', async () => {
    const world = await created();
    await new Agent(world, 1).register();
    await new Agent(world, 2).register();
    const answer = await world.operator('sendMessages', batch('x'));
    expect(answer.statusCode).toBe(409);
    expect(json(answer)['message']).toMatch(/contested/);
  });

  it.each(['configuring', 'finished', 'withdrawn'])(
    'it is %s; what was sent before is still answered',
    async (state) => {
      const world = await created();
      const agent = new Agent(world, 1);
      const before = batch('one');
      await world.operator('sendMessages', before);
      await agent.register();
      await agent.receive();
      if (state === 'withdrawn') await world.operator('withdrawServer');
      else await agent.report('configuring');
      if (state === 'finished') await agent.ack({ seq: 1, result: 'applied' });
      if (state === 'finished') await agent.report('finished');
      expect((await world.operator('sendMessages', batch('x'))).statusCode).toBe(409);
      expect((await world.operator('sendMessages', before)).statusCode).toBe(200);
    },
  );

  it('it was withdrawn while they were being sent: their content is erased', async () => {
    const world = await created();
    let isFirst = true;
    world.table.beforeWrite = async (key) => {
      if (!key.endsWith('message#000002') || !isFirst) return;
      isFirst = false;
      await world.operator('withdrawServer');
    };
    expect((await world.operator('sendMessages', batch('one', 'two'))).statusCode).toBe(409);
    for (const item of ['message#000001', 'message#000002']) {
      expect(world.stored(item)).toMatchObject({ server: SERVER });
      expect(world.stored(item)).not.toHaveProperty('body');
    }
  });
});
