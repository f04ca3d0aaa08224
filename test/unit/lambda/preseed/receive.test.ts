import { describe, expect, it } from '@jest/globals';
import type { MessageResult, ReceiveResponse } from '../../../../protocol/preseed.ts';
import { Agent } from '../world/agent.ts';
import { batch, json, OTHER_SERVER, PreseedWorld } from '../world/preseed-world.ts';

async function registered(...contents: (string | object)[]) {
  const world = new PreseedWorld();
  await world.create();
  const agent = new Agent(world, 1);
  if (contents.length > 0) await world.send(...contents);
  await agent.register();
  return { world, agent };
}

const taken = (agent: Agent): unknown[] =>
  agent.memory.taken.map(({ message }) =>
    message.type === 'inithooks' ? message.values['APP_PASS'] : message,
  );
const received = (result: { body: string }): ReceiveResponse => json(result) as unknown as ReceiveResponse;
const applied = (...numbers: number[]): MessageResult[] => numbers.map((seq) => ({ seq, result: 'applied' }));

describe('when the registered instance receives', () => {
  it('gets what was sent, in order and exactly', async () => {
    const file = { type: 'file', path: '/etc/x', mode: '0600', owner: 'root', content: 'AAECAw' };
    const { world, agent } = await registered('one', '`$(reboot)`\'"\n\tü', file);
    expect((await agent.receive()).statusCode).toBe(200);
    expect(taken(agent)).toEqual(['one', '`$(reboot)`\'"\n\tü', file]);
    expect(await world.states()).toEqual(['delivered', 'delivered', 'delivered']);
  });

  it('gets nothing when there is nothing, without a call of KMS', async () => {
    const { world, agent } = await registered();
    world.kms.calls.length = 0;
    expect(received(await agent.receive())).toEqual({ v: 1, messages: [], more: false });
    expect(world.kms.calls).toEqual([]);
  });

  it('gets a message of a type that the service does not know: it is for the image to know', async () => {
    const { agent } = await registered({ type: 'later', setting: 1 });
    await expect(agent.receive()).rejects.toThrow('message 1: unknown-type');
  });

  it('gets ten at a time, and is told that there are more', async () => {
    const { world, agent } = await registered();
    const contents = Array.from({ length: 23 }, (_, index) => `m${String(index)}`);
    await world.send(...contents.slice(0, 20));
    await world.send(...contents.slice(20));
    const sizes = [];
    for (let more = true; more;) {
      const answer = received(await agent.receive());
      sizes.push(answer.messages.length);
      more = answer.more;
    }
    expect(sizes).toEqual([10, 10, 3]);
    expect(taken(agent)).toEqual(contents);
  });

  it('gets 256 KiB at a time', async () => {
    const big = 'x'.repeat(60_000);
    const { agent } = await registered(big, big, big, big, big);
    const first = received(await agent.receive());
    expect([first.messages.length, first.more]).toEqual([4, true]);
    expect(received(await agent.receive()).messages).toHaveLength(1);
  });

  it('gets the same again at once when the answer was lost', async () => {
    const { world, agent } = await registered('one', 'two');
    await agent.receive();
    agent.memory.taken = [];
    await agent.receive();
    expect(taken(agent)).toEqual(['one', 'two']);
    expect((await world.show()).messages?.map(({ deliveries }) => deliveries)).toEqual([2, 2]);
  });

  it('and asks twice at once, gets all of them in order both times', async () => {
    const { agent } = await registered('one', 'two', 'three');
    const answers = await Promise.all([agent.receive({ after: 0 }), agent.receive({ after: 0 })]);
    expect(answers.map((answer) => received(answer).messages.length)).toEqual([3, 3]);
  });

  it('does not get what was settled', async () => {
    const { agent } = await registered('one', 'two');
    await agent.receive();
    await agent.ack(...applied(1));
    agent.memory.taken = [];
    await agent.receive();
    expect(taken(agent)).toEqual(['two']);
  });

  it('does not get what has expired; the ones after it come', async () => {
    const { world, agent } = await registered();
    const [short, long] = batch('short', 'long').messages;
    await world.operator('sendMessages', { messages: [{ ...short, lifetime: 1 }, long] });
    world.now += 2;
    await agent.receive();
    expect(taken(agent)).toEqual(['long']);
    expect(await world.states()).toEqual(['expired', 'delivered']);
    expect(world.stored('message#000001')).not.toHaveProperty('body');
    expect(world.stored('message#000001')).not.toHaveProperty('key');
  });
});

describe('when a message was changed in the table', () => {
  const flip = (text: unknown): string => {
    const bytes = Buffer.from(String(text), 'base64url');
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    return bytes.toString('base64url');
  };

  it.each<[string, (world: PreseedWorld) => Record<string, unknown>]>([
    ['body', (world) => ({ body: flip(world.stored('message#000002')['body']) })],
    ['body, cut short', () => ({ body: 'AAAA' })],
    ['body, removed', () => ({ body: undefined })],
    ['body, of another type', () => ({ body: 7 })],
    ['body, not base64url', () => ({ body: '!' })],
    [
      'body and key of another number',
      (world) => {
        const { body, key } = world.stored('message#000001');
        return { body, key };
      },
    ],
    ['data key', () => ({ key: Buffer.alloc(48).toString('base64url') })],
    ['data key, removed', () => ({ key: undefined })],
    ['data key, empty', () => ({ key: '' })],
    ['data key, too long', () => ({ key: 'A'.repeat(9000) })],
    ['type', () => ({ type: 'script' })],
    ['type, of another kind', () => ({ type: ['inithooks'] })],
    ['expiry, later', (world) => ({ exp: world.now + 99_999 })],
    ['expiry, earlier', () => ({ exp: 1 })],
    ['expiry, of another kind', () => ({ exp: 'never' })],
    ['state, of another kind', () => ({ state: 1, body: undefined })],
  ])('%s: it is rejected as unreadable and alarmed, and the ones around it come', async (_, change) => {
    const { world, agent } = await registered('one', 'two', 'three');
    world.tamper('message#000002', change(world));
    expect((await agent.receive()).statusCode).toBe(200);
    expect(taken(agent)).toEqual(['one', 'three']);
    expect(world.alarms).toEqual(['unreadable']);
    expect(world.audit.find(({ alarm }) => alarm)?.seq).toBe(2);
    expect(await world.states()).toEqual(['delivered', 'rejected/unreadable', 'delivered']);
    expect(world.stored('message#000002')).not.toHaveProperty('body');
  });

  it('for one of another server, it is unreadable', async () => {
    const { world, agent } = await registered('ours', 'two');
    await world.create(OTHER_SERVER);
    await world.operator('sendMessages', batch('theirs'), OTHER_SERVER);
    const { body, key, type, exp } = world.stored('message#000001', OTHER_SERVER);
    world.tamper('message#000001', { body, key, type, exp });
    await agent.receive();
    expect(taken(agent)).toEqual(['two']);
    expect(world.alarms).toEqual(['unreadable']);
  });

  it('only in its number, that does not count', async () => {
    const { world, agent } = await registered('one');
    world.tamper('message#000001', { seq: 9 });
    await agent.receive();
    expect(agent.memory.taken.map(({ seq }) => seq)).toEqual([1]);
  });

  it('the instance reports and finishes all the same', async () => {
    const { world, agent } = await registered('one', 'two');
    world.tamper('message#000001', { body: 'AAAA' });
    await agent.run();
    expect(agent.applied.map(({ seq }) => seq)).toEqual([2]);
    expect((await world.show()).state).toBe('finished');
  });

  it('a secret that was changed is refused and alarmed', async () => {
    const { world, agent } = await registered('one');
    world.tamper('server', { secret: Buffer.alloc(48).toString('base64url') });
    expect((await agent.receive()).statusCode).toBe(403);
    expect(world.alarms).toEqual(['unsealable']);
  });
});

describe('when somebody else receives', () => {
  it.each<[string, (agent: Agent, world: PreseedWorld) => Promise<unknown>]>([
    ['without the subkey', async (agent) => Promise.resolve((agent.memory = { taken: [] }))],
    ['from another address', (agent) => Promise.resolve(Object.assign(agent, { address: '10.0.0.99' }))],
    [
      'with the subkey, on another instance',
      (agent) => Promise.resolve(Object.assign(agent, { id: 'i-00000000000000009' })),
    ],
    ['after it was withdrawn', (_, world) => world.operator('withdrawServer')],
    ['while it is contested', (_, world) => new Agent(world, 2).register()],
  ])('%s, gets nothing, with receive, ack and report alike', async (_, change) => {
    const { world, agent } = await registered('one');
    await change(agent, world);
    const results = [
      await agent.receive(),
      await agent.ack(...applied(1)),
      await agent.report('configuring'),
    ];
    expect(results.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403]);
    for (const result of results) expect(Object.keys(json(result)).sort()).toEqual(['code', 'request']);
    expect(await world.states()).not.toContain('delivered');
  });

  it('with a subkey of before the reset, gets nothing', async () => {
    const { world, agent } = await registered('one');
    await new Agent(world, 2).register();
    await world.operator('resolveServer', { decision: 'reset' });
    expect((await agent.receive()).statusCode).toBe(403);
    const next = new Agent(world, 3);
    await next.register();
    expect((await agent.receive()).statusCode).toBe(403);
    await next.receive();
    expect(taken(next)).toEqual(['one']);
  });

  it('before anyone has registered, gets nothing', async () => {
    const world = new PreseedWorld();
    await world.create();
    await world.send('one');
    const agent = new Agent(world, 1);
    expect((await agent.receive()).statusCode).toBe(403);
    expect((await agent.receive({ server: OTHER_SERVER })).statusCode).toBe(403);
  });
});

describe('when messages were leased to an instance that was reset', () => {
  it('the next one gets them when the lease has ended, and nothing that comes after them before', async () => {
    const { world, agent } = await registered('one');
    await agent.receive();
    await world.send('two');
    await new Agent(world, 2).register();
    await world.operator('resolveServer', { decision: 'reset' });
    const next = new Agent(world, 3);
    await next.register();
    expect(received(await next.receive())).toEqual({ v: 1, messages: [], more: false });
    expect((await next.report('configuring')).statusCode).toBe(409);
    world.now += 60;
    await next.receive();
    expect(taken(next)).toEqual(['one', 'two']);
  });
});

describe('when results are acknowledged', () => {
  it('settles them, erases their content, and answers the same again', async () => {
    const { world, agent } = await registered('one', 'two');
    await agent.receive();
    const results = [...applied(1), { seq: 2, result: 'rejected', reason: 'failed' }] as MessageResult[];
    expect(json(await agent.ack(...results))).toEqual({ v: 1, settled: [1, 2] });
    expect(await world.states()).toEqual(['applied', 'rejected/failed']);
    for (const item of ['message#000001', 'message#000002']) {
      expect(Object.keys(world.stored(item))).not.toEqual(expect.arrayContaining(['body']));
      expect(Object.keys(world.stored(item))).not.toEqual(expect.arrayContaining(['key']));
    }
    expect(json(await agent.ack(...results))).toEqual({ v: 1, settled: [1, 2] });
  });

  it('the first result stands', async () => {
    const { world, agent } = await registered('one');
    await agent.receive();
    await agent.ack(...applied(1));
    await agent.ack({ seq: 1, result: 'rejected', reason: 'failed' });
    expect(await world.states()).toEqual(['applied']);
  });

  it('does not settle what was never handed out, or is not there', async () => {
    const { world, agent } = await registered('one');
    expect(json(await agent.ack(...applied(1, 2, 999_999)))).toEqual({ v: 1, settled: [] });
    expect(await world.states()).toEqual(['published']);
  });

  it('believes the instance that it applied what was given up meanwhile', async () => {
    const { world, agent } = await registered('one');
    await agent.receive();
    world.now += 3601;
    expect(await world.states()).toEqual(['expired']);
    await agent.ack(...applied(1));
    expect(await world.states()).toEqual(['applied']);
  });

  it('shows as expired what expired on the instance', async () => {
    const { world, agent } = await registered('one');
    await agent.receive();
    await agent.ack({ seq: 1, result: 'rejected', reason: 'expired' });
    expect(await world.states()).toEqual(['expired']);
  });
});
