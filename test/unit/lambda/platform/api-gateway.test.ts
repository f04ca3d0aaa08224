import { describe, expect, it } from '@jest/globals';
import { api } from '../../../../lambda/platform/api-gateway.ts';
import type { AuditRecord } from '../../../../lambda/platform/ports.ts';
import { MalformedError } from '../../../../protocol/fields.ts';
import { event } from '../world/world.ts';

const routes = { only: { method: 'POST', path: '/v1/only' } } as const;

function serve(only: (body: string | null) => Promise<object>) {
  const audit: AuditRecord[] = [];
  const options = { maxBodyBytes: 8, deadlineMs: 50, audit: (record: AuditRecord) => audit.push(record) };
  const handler = api(routes, { only: async ({ body }) => ({ ok: await only(body) }) }, options);
  return { handler, audit };
}

describe('when a request comes from API Gateway', () => {
  it('answers JSON that nobody may cache', async () => {
    const { handler } = serve((body) => Promise.resolve({ body }));
    const answer = await handler(event('POST', '/v1/only', 'abc', {}));
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'cache-control': 'no-store' },
      body: '{"body":"abc"}',
    });
  });

  it('decodes a body that came as base64', async () => {
    const { handler } = serve((body) => Promise.resolve({ body }));
    const answer = await handler({ ...event('POST', '/v1/only', 'YWJj', {}), isBase64Encoded: true });
    expect(answer.body).toBe('{"body":"abc"}');
  });

  it.each([
    ['GET', '/v1/only'],
    ['POST', '/v1/other'],
    ['POST', '/{proxy+}'],
  ])('knows no route %s %s', async (method, path) => {
    const { handler } = serve(() => Promise.resolve({}));
    const answer = await handler(event(method, path, '', {}));
    expect(answer.statusCode).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'not-found' });
  });

  it('takes no body above its limit, counted in bytes', async () => {
    const { handler, audit } = serve(() => Promise.resolve({}));
    const answer = await handler(event('POST', '/v1/only', 'ééééé', {}));
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'malformed', field: 'body' });
    expect(audit).toMatchObject([{ decision: 'malformed', field: 'body' }]);
  });

  it('names the field that is malformed', async () => {
    const { handler } = serve(() => Promise.reject(new MalformedError('epk')));
    const answer = await handler(event('POST', '/v1/only', '', {}));
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'malformed', field: 'epk' });
  });

  it('says nothing of what broke, but that one should come again', async () => {
    const { handler, audit } = serve(() => Promise.reject(new Error('table sealroot-x is gone')));
    const answer = await handler(event('POST', '/v1/only', '', {}));
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
    expect(answer.body).not.toContain('table');
    expect(audit).toMatchObject([{ decision: 'unavailable', reason: 'Error: table sealroot-x is gone' }]);
  });

  it('answers in time when nothing comes back', async () => {
    const { handler } = serve(() => new Promise(() => undefined));
    expect((await handler(event('POST', '/v1/only', '', {}))).statusCode).toBe(503);
  });
});
