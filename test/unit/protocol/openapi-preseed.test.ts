import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import {
  AckRequest,
  ReceiveRequest,
  RegisterRequest,
  ReportRequest,
  type MessageResult,
} from '../../../protocol/preseed.ts';
import type { Schema } from '../../../protocol/schema.ts';
import { CreateServer, Resolution, SendMessages } from '../../../protocol/server.ts';
import type { SERVER_OPERATIONS } from '../../../protocol/operations/servers.ts';
import { PRESEED_OPERATIONS } from '../../../protocol/operations/preseed.ts';
import { accepts, expectDescribed, schema, value } from '../../support/openapi.ts';
import { Agent } from '../lambda/world/agent.ts';
import { batch, OTHER_SERVER, PreseedWorld, SERVER } from '../lambda/world/preseed-world.ts';

describe('what the services of preseeding answer', () => {
  it('is what the document says, for every operation and kind of answer', async () => {
    const world = new PreseedWorld();
    const agent = new Agent(world, 1);
    const operator = async (
      id: keyof typeof SERVER_OPERATIONS,
      body?: unknown,
      server = SERVER,
      query = {},
    ) => {
      const result = await world.operator(id, body, server, { query });
      expectDescribed(id, result);
      return result.statusCode;
    };
    const instance = async (id: keyof typeof PRESEED_OPERATIONS, body: unknown) => {
      const result = await world.instance(id, body, agent.from);
      expectDescribed(id, result);
      return result.statusCode;
    };
    const settled: MessageResult = { seq: 1, result: 'applied' };
    expect(await operator('createServer', { server: SERVER, for: 'web' })).toBe(200);
    expect(await operator('createServer', { server: SERVER, for: 'db' })).toBe(409);
    expect(await operator('createServer', {})).toBe(400);
    expect(await operator('sendMessages', batch('one'))).toBe(200);
    expect(await operator('sendMessages', batch('one'), OTHER_SERVER)).toBe(404);
    expect(await operator('sendMessages', {})).toBe(400);
    expect(await instance('register', agent.registerRequest({ server: OTHER_SERVER }))).toBe(403);
    expect(await instance('register', agent.registerRequest())).toBe(200);
    for (const id of Object.keys(PRESEED_OPERATIONS) as (keyof typeof PRESEED_OPERATIONS)[]) {
      expect(await instance(id, {})).toBe(400);
    }
    await agent.register();
    const { subkey } = agent.memory;
    const credentials = { v: 1, server: SERVER, subkey };
    expect(await instance('report', agent.reportRequest('configuring'))).toBe(409);
    expect(await instance('receive', credentials)).toBe(200);
    expect(await instance('receive', { ...credentials, server: OTHER_SERVER })).toBe(403);
    expect(await instance('report', agent.reportRequest('configuring'))).toBe(200);
    expect(await operator('sendMessages', batch('late'))).toBe(409);
    expect(await instance('ack', { ...credentials, results: [settled] })).toBe(200);
    expect(await operator('showServer')).toBe(200);
    expect(await operator('listServers', undefined, '')).toBe(200);
    expect(await operator('listServers', undefined, '', { next: 'x' })).toBe(400);
    expect(await operator('resolveServer', { decision: 'keep' })).toBe(409);
    await new Agent(world, 2).register();
    expect(await instance('ack', { ...credentials, results: [settled] })).toBe(403);
    expect(await operator('resolveServer', { decision: 'keep' })).toBe(200);
    expect(await operator('resolveServer', {})).toBe(400);
    expect(await operator('resolveServer', { decision: 'keep' }, OTHER_SERVER)).toBe(404);
    expect(await instance('report', agent.reportRequest('finished'))).toBe(200);
    expect(await instance('report', { ...agent.reportRequest('finished'), server: OTHER_SERVER })).toBe(403);
    expect(await operator('withdrawServer')).toBe(409);
    expect(await operator('withdrawServer', {}, 'srv-x')).toBe(400);
    expect(await operator('withdrawServer', {}, OTHER_SERVER)).toBe(404);
    expect(await operator('createServer', { server: OTHER_SERVER, for: 'db' })).toBe(200);
    expect(await operator('withdrawServer', {}, OTHER_SERVER)).toBe(200);
    expect(await operator('showServer', undefined, `srv-${'0'.repeat(26)}`)).toBe(404);
    expect(await operator('showServer', undefined, 'srv-x')).toBe(400);
    world.table.fault = () => 'lost-request';
    for (const id of ['register', 'receive', 'ack', 'report'] as const) {
      const body = { register: agent.registerRequest(), receive: credentials };
      const other = { ack: { ...credentials, results: [settled] }, report: agent.reportRequest('finished') };
      expect(await instance(id, { ...body, ...other }[id])).toBe(503);
    }
    expect(await operator('listServers', undefined, '')).toBe(503);
  });
});

const subkey = Buffer.alloc(32, 1).toString('base64url');
const credentials = { v: 1, server: SERVER, subkey };
const settled = { seq: 1, result: 'rejected', reason: 'failed' };
const outgoing = { id: randomUUID(), lifetime: 60, message: { type: 'later' } };

describe('what the operations of preseeding take', () => {
  const agent = new Agent(new PreseedWorld(), 1);
  const report = `e30..${'A'.repeat(16)}.AA.${'A'.repeat(22)}`;
  const messages: [string, Schema<unknown>, Record<string, unknown>][] = [
    ['RegisterRequest', RegisterRequest, agent.registerRequest()],
    ['ReceiveRequest', ReceiveRequest, { ...credentials, after: 1 }],
    ['AckRequest', AckRequest, { ...credentials, results: [settled] }],
    ['ReportRequest', ReportRequest, { ...credentials, report }],
    ['CreateServer', CreateServer, { server: SERVER, for: 'web' }],
    ['SendMessages', SendMessages, { messages: [outgoing] }],
    ['Resolution', Resolution, { decision: 'keep', reason: 'seen' }],
  ];
  const nested = [
    ...[
      settled,
      { seq: 1, result: 'applied', reason: 'none' },
      { seq: 0, result: 'applied' },
      { seq: 1.5 },
      outgoing,
    ],
    ...[
      { seq: 1, result: 'rejected' },
      { seq: 1, result: 'rejected', reason: 'x' },
    ],
    ...[
      { ...outgoing, id: 'x' },
      { ...outgoing, lifetime: 604_801 },
      { ...outgoing, message: {} },
    ],
  ];
  const replacement = fc.oneof(
    value,
    fc.constantFrom<unknown>(SERVER, 'keep', 'reset', 999_999, 1_000_000, 1.5, 'a'.repeat(101), report),
    fc.array(fc.constantFrom(...nested), { maxLength: 3 }),
    fc.constant(Array.from({ length: 101 }, () => settled)),
    fc.constant(Array.from({ length: 21 }, () => outgoing)),
  );

  it.each(messages)('is what the document says: %s', (name, taken, message) => {
    expect(accepts(taken, message)).toBe(true);
    const validate = schema(name);
    const property = fc.property(
      fc.constantFrom(...Object.keys(message)),
      replacement,
      (member, replaced) => {
        const body: unknown = JSON.parse(JSON.stringify({ ...message, [member]: replaced }));
        expect([member, replaced, validate(body)]).toEqual([member, replaced, accepts(taken, body)]);
      },
    );
    fc.assert(property, { numRuns: 400 });
  });

  it.each([null, [], 'text', 1])('is no %j', (body) => {
    for (const [name, taken] of messages) {
      expect([name, accepts(taken, body), schema(name)(body)]).toEqual([name, false, false]);
    }
  });
});
