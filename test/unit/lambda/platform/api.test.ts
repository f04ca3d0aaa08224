import { describe, expect, it } from '@jest/globals';
import { api, type FailureRecord } from '../../../../lambda/platform/api.ts';
import type { OperationHandler } from '../../../../lambda/platform/ports/api.ts';
import type { Operations } from '../../../../protocol/operations/operation.ts';
import { integer, MalformedError, object, optional, text, withDefault } from '../../../../protocol/schema.ts';
import { event } from '../world/keyserver-world.ts';

const shared = { summary: '', callers: [], failures: [], answer: object({}) } as const;
const OPERATIONS = {
  say: {
    ...shared,
    method: 'POST',
    path: '/v1/say/{to}',
    audit: 'say',
    parameters: { to: text(/^[a-z]+$/) },
    query: { times: optional(text(/^\d+$/)) },
    request: object({ word: text(), loud: optional(integer(0, 9)) }),
    maxBodyBytes: 24,
  },
  look: { ...shared, method: 'GET', path: '/v1/look', audit: 'look' },
  may: {
    ...shared,
    method: 'POST',
    path: '/v1/may',
    audit: 'may',
    request: withDefault(object({}), { absent: 1 }),
  },
} as const satisfies Operations;

type Say = (typeof OPERATIONS)['say'];

function serve(say: OperationHandler<Say> = async () => ({ ok: {} })) {
  const audit: FailureRecord[] = [];
  const seen: unknown[] = [];
  const note = async ({ body }: { body: unknown }) => {
    seen.push(body);
    return { ok: {} };
  };
  const handler = api(
    OPERATIONS,
    { say, look: note, may: note },
    { deadlineMs: 50, audit: (record) => audit.push(record) },
  );
  const post = (body: string, over: object = {}) =>
    handler({ ...event('POST', '/v1/say/{to}', body, {}), pathParameters: { to: 'ada' }, ...over });
  return { handler, audit, seen, post };
}

describe('when a request comes from API Gateway', () => {
  it('the handler gets what the operation takes, and who calls', async () => {
    const given: unknown[] = [];
    const { post } = serve(async (request) => {
      given.push(request);
      return { ok: {} };
    });
    await post('{"word":"a","other":1}', { queryStringParameters: { times: '2', other: 'x' } });
    expect(given).toEqual([
      {
        id: expect.stringMatching(/^call-/),
        identity: {
          userArn: undefined,
          sourceIp: undefined,
          vpcId: undefined,
          vpceId: undefined,
          accountId: '111122223333',
        },
        parameters: { to: 'ada' },
        query: { times: '2' },
        body: { word: 'a' },
      },
    ]);
  });

  it('answers JSON that nobody may cache', async () => {
    const { post } = serve(async () => ({ ok: { said: true } }));
    expect(await post('{"word":"a"}')).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: '{"said":true}',
    });
  });

  it('decodes a body that came as base64', async () => {
    const words: string[] = [];
    const { post } = serve(async ({ body }) => {
      words.push(body.word);
      return { ok: {} };
    });
    const body = Buffer.from('{"word":"é"}').toString('base64');
    expect((await post(body, { isBase64Encoded: true })).statusCode).toBe(200);
    expect(words).toEqual(['é']);
  });

  it.each([
    ['GET', '/v1/say/{to}'],
    ['POST', '/v1/look'],
    ['POST', '/{proxy+}'],
  ])('knows no operation %s %s', async (method, path) => {
    const answer = await serve().handler(event(method, path, '', {}));
    expect(answer.statusCode).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'not-found' });
  });

  it('does not look at a body that the operation does not take', async () => {
    const { handler, seen } = serve();
    expect((await handler(event('GET', '/v1/look', 'x'.repeat(9999), {}))).statusCode).toBe(200);
    expect(seen).toEqual([undefined]);
  });

  it('takes no body at all for the default, where there is one', async () => {
    const { handler, seen } = serve();
    for (const body of ['', undefined, '{}']) await handler(event('POST', '/v1/may', body, {}));
    expect(seen).toEqual([{ absent: 1 }, { absent: 1 }, {}]);
    expect((await handler(event('POST', '/v1/may', `"${'x'.repeat(4095)}"`, {}))).body).toContain('"body"');
  });

  it.each([
    ['body', 'a body above its limit, counted in bytes', '{"word":"éééééééé"}', {}],
    ['body', 'none', '', {}],
    ['body', 'no JSON', '{"word"', {}],
    ['word', 'a wrong member', '{"word":1}', {}],
    ['to', 'a wrong parameter', '{"word":"a"}', { pathParameters: { to: 'ADA' } }],
    ['to', 'no parameter', '{"word":"a"}', { pathParameters: null }],
    ['times', 'a wrong query', '{"word":"a"}', { queryStringParameters: { times: 'x' } }],
  ])('names the field %s for %s', async (field, _, body, over) => {
    const { post, audit } = serve();
    const answer = await post(body, over);
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'malformed', field });
    expect(audit).toMatchObject([{ action: 'say', decision: 'malformed', field }]);
  });

  it('names the field that the handler finds malformed', async () => {
    const { post } = serve(() => Promise.reject(new MalformedError('epk')));
    expect(JSON.parse((await post('{"word":"a"}')).body)).toMatchObject({ code: 'malformed', field: 'epk' });
  });

  it('says nothing of what broke, but that one should come again', async () => {
    const { post, audit } = serve(() => Promise.reject(new Error('table sealroot-x is gone')));
    const answer = await post('{"word":"a"}');
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
    expect(answer.body).not.toContain('table');
    expect(audit).toMatchObject([{ decision: 'unavailable', reason: 'Error: table sealroot-x is gone' }]);
  });

  it('replies in time when nothing comes back', async () => {
    const { post } = serve(() => new Promise(() => undefined));
    expect((await post('{"word":"a"}')).statusCode).toBe(503);
  });
});
