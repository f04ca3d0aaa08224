import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDecision, parseDestruction } from '../../../lambda/operator/core/messages.ts';
import { ERRORS, type ErrorCode } from '../../../protocol/errors.ts';
import { parseReadyRequest, parseReleaseRequest } from '../../../protocol/release.ts';
import { INSTANCE_ROUTES, OPERATOR_ROUTES, PRESEED_ROUTES, SERVER_ROUTES } from '../../../protocol/routes.ts';
import {
  accepts,
  document,
  expectDescribed,
  nameOf,
  operations,
  schema,
  value,
} from '../../support/openapi.ts';
import { Machine } from '../lambda/world/machine.ts';
import { World } from '../lambda/world/world.ts';

describe('the OpenAPI document', () => {
  it('has exactly the routes of the code, under their names', () => {
    const routesOf = (tag: string) =>
      operations
        .filter(({ operation }) => operation.tags[0] === tag)
        .map(({ path, method, operation }) => [operation.operationId, { method, path }]);
    expect(Object.fromEntries(routesOf('instance'))).toEqual(INSTANCE_ROUTES);
    expect(Object.fromEntries(routesOf('operator'))).toEqual(OPERATOR_ROUTES);
    expect(Object.fromEntries(routesOf('preseed'))).toEqual(PRESEED_ROUTES);
    expect(Object.fromEntries(routesOf('servers'))).toEqual(SERVER_ROUTES);
    const routes = { ...INSTANCE_ROUTES, ...OPERATOR_ROUTES, ...PRESEED_ROUTES, ...SERVER_ROUTES };
    expect(operations).toHaveLength(Object.keys(routes).length);
  });

  it('has exactly the error codes of the code, each under its status', () => {
    const described = new Map<string, number>();
    for (const { operation } of operations) {
      for (const [status, { $ref }] of Object.entries(operation.responses)) {
        const response = document.components.responses[nameOf($ref)];
        const body =
          document.components.schemas[nameOf(response?.content['application/json'].schema.$ref ?? '')];
        const code = body?.properties?.code?.const;
        if (code !== undefined) described.set(code, Number(status));
      }
    }
    const codes = Object.keys(ERRORS) as ErrorCode[];
    expect(Object.fromEntries(described)).toEqual(
      Object.fromEntries(codes.map((c) => [c, ERRORS[c].status])),
    );
  });

  it('asks for SigV4 everywhere', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.security).toEqual([{ sigv4: [] }]);
    expect(document.components.securitySchemes).toMatchObject({
      sigv4: { type: 'apiKey', name: 'Authorization', 'x-amazon-apigateway-authtype': 'awsSigv4' },
    });
    for (const { operation } of operations) expect(operation).not.toHaveProperty('security');
  });
});

describe('what the services answer', () => {
  it('is what the document says, for every operation and kind of answer', async () => {
    const world = new World();
    const machine = new Machine(world, 1);
    const instance = async (id: 'release' | 'ready' | 'health', body?: unknown) => {
      const { method, path } = INSTANCE_ROUTES[id];
      const result = await world.instanceApi(method, path, body, machine.from);
      expectDescribed(id, result);
      return result.statusCode;
    };
    const operator = async (
      id: keyof typeof OPERATOR_ROUTES,
      parameters = {},
      body?: unknown,
      query = {},
    ) => {
      const { method, path } = OPERATOR_ROUTES[id];
      const result = await world.operatorApi(method, path, parameters, body, query);
      expectDescribed(id, result);
      return result.statusCode;
    };
    const luks = await machine.boot();
    const ready = { ...machine.message(), header: machine.disk.header };
    expect(await instance('health')).toBe(200);
    expect(await instance('release', machine.message())).toBe(200);
    expect(await instance('release', machine.message({ ticket: undefined }))).toBe(202);
    expect(await instance('release', {})).toBe(400);
    expect(await instance('release', machine.message({ volume: 'data-x' }))).toBe(403);
    expect(await instance('ready', ready)).toBe(200);
    expect(await instance('ready', {})).toBe(400);
    expect(await instance('ready', { ...ready, volume: 'data-x' })).toBe(403);
    const held = await machine.release({ ticket: undefined });
    const id = 'id' in held ? held.id : '';
    expect(await operator('listRequests')).toBe(200);
    expect(await operator('showRequest', { id })).toBe(200);
    expect(await operator('approveRequest', { id }, { reason: 'seen' })).toBe(200);
    expect(await operator('denyRequest', { id })).toBe(409);
    expect(await operator('approveRequest', { id: '0'.repeat(16) })).toBe(404);
    expect(await operator('denyRequest', { id: 'x' })).toBe(400);
    expect(await operator('listVolumes')).toBe(200);
    expect(await operator('listVolumes', {}, undefined, { next: 'x' })).toBe(400);
    expect(await operator('showVolume', { luks })).toBe(200);
    expect(await operator('showVolume', { luks: 'x' })).toBe(400);
    expect(await operator('revokeVolume', { luks }, { reason: 1 })).toBe(400);
    expect(await operator('revokeVolume', { luks }, { reason: 'lost' })).toBe(200);
    expect(await operator('restoreVolume', { luks })).toBe(200);
    expect(await operator('restoreVolume', { luks: '00000000-0000-4000-8000-000000000000' })).toBe(404);
    expect(await operator('recoverVolume', { luks })).toBe(200);
    expect(await operator('keepVolume', { luks })).toBe(200);
    expect(await operator('destroyVolume', { luks })).toBe(409);
    expect(await operator('destroyVolume', { luks }, { days: 6 })).toBe(400);
    expect(await operator('revokeVolume', { luks })).toBe(200);
    expect(await operator('destroyVolume', { luks }, { days: 7 })).toBe(200);
    world.now += 7 * 86_400;
    expect(await operator('destroyVolume', { luks }, { final: true })).toBe(200);
    expect(await operator('recoverVolume', { luks })).toBe(409);
    expect(await operator('keepVolume', { luks: '00000000-0000-4000-8000-000000000000' })).toBe(404);
    expect(await operator('recoverVolume', { luks: 'x' })).toBe(400);
    world.table.fault = () => 'lost-request';
    expect(await instance('release', machine.message())).toBe(503);
    expect(await operator('showVolume', { luks })).toBe(503);
  });
});

const good = new Machine(new World(), 1).message({
  luks: '3b0b7c5e-5a5f-4f0e-8d3b-6d7a3f6f2a10',
  sealed: 'AAAA',
  ticket: Buffer.alloc(32, 5).toString('base64url'),
});
const header = Buffer.alloc(32, 6).toString('base64url');

describe('what the parsers take', () => {
  const messages: [string, (body: string) => unknown, Record<string, unknown>][] = [
    ['ReleaseRequest', parseReleaseRequest, { ...good, attestation: 'AAAA' }],
    ['ReadyRequest', parseReadyRequest, { ...good, header }],
    ['Decision', parseDecision, { reason: 'because' }],
    ['Destruction', parseDestruction, { reason: 'because', days: 7 }],
    ['Destruction', parseDestruction, { reason: 'because', final: true }],
  ];

  it.each(messages)('is what the document says: %s', (name, parser, message) => {
    expect(accepts(parser, message)).toBe(true);
    const validate = schema(name);
    expect(validate(message)).toBe(true);
    const property = fc.property(fc.constantFrom(...Object.keys(message)), value, (member, replaced) => {
      const body: unknown = JSON.parse(JSON.stringify({ ...message, [member]: replaced }));
      expect([member, replaced, validate(body)]).toEqual([member, replaced, accepts(parser, body)]);
    });
    fc.assert(property, { numRuns: 400 });
  });

  it.each([['kty'], ['crv'], ['x'], ['y']])('needs %s of the ephemeral key', (member) => {
    const epk = { ...(good['epk'] as object), [member]: 'P-384' };
    expect(accepts(parseReleaseRequest, { ...good, epk })).toBe(false);
    expect(schema('ReleaseRequest')({ ...good, epk })).toBe(false);
  });

  it.each([null, [], 'text', 1])('is no %j', (body) => {
    for (const [name, parser] of messages) {
      expect([name, accepts(parser, body)]).toEqual([name, false]);
      expect([name, schema(name)(body)]).toEqual([name, false]);
    }
  });
});
