import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { ERRORS, type ErrorCode } from '../../../protocol/errors.ts';
import { openApi } from '../../../protocol/openapi/document.ts';
import { INSTANCE_API, OPERATOR_API } from '../../../protocol/operations/apis.ts';
import { KEYSERVER_OPERATIONS } from '../../../protocol/operations/keyserver.ts';
import { Decision, Destruction } from '../../../protocol/operator.ts';
import { ReadyRequest, ReleaseRequest } from '../../../protocol/release.ts';
import type { Schema } from '../../../protocol/schema.ts';
import {
  accepts,
  document,
  expectDescribed,
  operations,
  PAGE,
  responseOf,
  schema,
  value,
} from '../../support/openapi.ts';
import { isUpdating } from '../../support/updating.ts';
import { Machine } from '../lambda/world/machine.ts';
import { KeyserverWorld } from '../lambda/world/keyserver-world.ts';

describe('the OpenAPI document', () => {
  it('is the one that follows from the operations; jest -u writes it anew', () => {
    const layout = { aliasDuplicateObjects: false, lineWidth: 110, singleQuote: true } as const;
    const generated = stringify(openApi(), layout);
    if (isUpdating()) writeFileSync(PAGE, generated);
    expect(readFileSync(PAGE, 'utf8')).toBe(generated);
  });

  it('has exactly the operations of both APIs, under their names', () => {
    const described = operations.map(({ path, method, operation }) => [operation.operationId, method, path]);
    const defined = Object.entries({ ...INSTANCE_API, ...OPERATOR_API });
    expect(described.sort()).toEqual(defined.map(([name, { method, path }]) => [name, method, path]).sort());
  });

  it('has exactly the error codes of the code, each under its status', () => {
    const described = new Map<string, Set<number>>();
    for (const { operation } of operations) {
      for (const status of Object.keys(operation.responses)) {
        const number = Number(status);
        const body = responseOf(operation.operationId, number)?.response.content['application/json'].schema;
        const code = (body as { properties?: { code?: { const?: string } } }).properties?.code?.const;
        if (code !== undefined) described.set(code, (described.get(code) ?? new Set()).add(number));
      }
    }
    const codes = Object.keys(ERRORS) as ErrorCode[];
    expect(Object.fromEntries([...described].map(([code, statuses]) => [code, [...statuses]]))).toEqual(
      Object.fromEntries(codes.map((code) => [code, [ERRORS[code].status]])),
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
    const world = new KeyserverWorld();
    const machine = new Machine(world, 1);
    const instance = async (id: 'release' | 'ready' | 'health', body?: unknown) => {
      const { method, path } = KEYSERVER_OPERATIONS[id];
      const result = await world.instanceApi(method, path, body, machine.from);
      expectDescribed(id, result);
      return result.statusCode;
    };
    const operator = async (id: keyof typeof OPERATOR_API, parameters = {}, body?: unknown, query = {}) => {
      const { method, path } = OPERATOR_API[id];
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

const good = new Machine(new KeyserverWorld(), 1).message({
  luks: '3b0b7c5e-5a5f-4f0e-8d3b-6d7a3f6f2a10',
  sealed: 'AAAA',
  ticket: Buffer.alloc(32, 5).toString('base64url'),
});
const header = Buffer.alloc(32, 6).toString('base64url');

describe('what the operations take', () => {
  const messages: [string, Schema<unknown>, Record<string, unknown>][] = [
    ['ReleaseRequest', ReleaseRequest, { ...good, attestation: 'AAAA' }],
    ['ReadyRequest', ReadyRequest, { ...good, header }],
    ['Decision', Decision, { reason: 'because' }],
    ['Destruction', Destruction, { reason: 'because', days: 7 }],
    ['Destruction', Destruction, { reason: 'because', final: true }],
  ];

  it.each(messages)('is what the document says: %s', (name, taken, message) => {
    expect(accepts(taken, message)).toBe(true);
    const validate = schema(name);
    expect(validate(message)).toBe(true);
    const property = fc.property(fc.constantFrom(...Object.keys(message)), value, (member, replaced) => {
      const body: unknown = JSON.parse(JSON.stringify({ ...message, [member]: replaced }));
      expect([member, replaced, validate(body)]).toEqual([member, replaced, accepts(taken, body)]);
    });
    fc.assert(property, { numRuns: 400 });
  });

  it.each([['kty'], ['crv'], ['x'], ['y']])('needs %s of the ephemeral key', (member) => {
    const epk = { ...(good['epk'] as object), [member]: 'P-384' };
    expect(accepts(ReleaseRequest, { ...good, epk })).toBe(false);
    expect(schema('ReleaseRequest')({ ...good, epk })).toBe(false);
  });

  it.each([null, [], 'text', 1])('is no %j', (body) => {
    for (const [name, taken] of messages) {
      expect([name, accepts(taken, body)]).toEqual([name, false]);
      expect([name, schema(name)(body)]).toEqual([name, false]);
    }
  });
});
