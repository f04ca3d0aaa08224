import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsError } from '../../../local/engine/contracts/errors.ts';
import type { HttpRequest } from '../../../local/engine/contracts/http.ts';
import { httpServer } from '../../../local/engine/http.ts';
import { readScope, verifySignature } from '../../../local/engine/sigv4.ts';
import { signed, type Asked } from '../support/signed-request.ts';

const run = promisify(execFile);
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret/with+signs' };
const session = { ...credentials, sessionToken: 'token/with+signs==' };
const host = 'abcdefghij.execute-api.us-east-1.amazonaws.com';

function outcome(request: HttpRequest, secret = credentials.secretAccessKey, now?: number): string {
  try {
    verifySignature(request, readScope(request), secret, 'us-east-1', now);
    return 'ok';
  } catch (error) {
    return error instanceof AwsError ? error.code : String(error);
  }
}

describe('a request signed by the SDK', () => {
  const cases: [string, Asked][] = [
    ['a body', { host, path: '/live/v1/release', body: '{"v":1}' }],
    ['no body', { host, method: 'GET', path: '/live/v1/volumes' }],
    ['a query out of order, with characters to encode', { host, query: { z: '1', a: "b c/ü'()*", A: '' } }],
    ['a query with repeated names', { host, query: { a: ['2', '1'] } }],
    ['headers with white space', { host, headers: { 'x-test': '  a   b ' } }],
    ['a path with encoded characters', { host, path: '/live/a%20b%3Ac' }],
  ];
  it.each(cases)('is accepted with %s', async (_name, asked) => {
    expect(outcome(await signed(credentials, asked))).toBe('ok');
    expect(outcome(await signed(session, asked))).toBe('ok');
  });
});

describe('a request that was changed after it was signed', () => {
  const asked = {
    host,
    path: '/live/v1/release',
    query: { a: '1' },
    body: '{"v":1}',
    headers: { 'x-test': 'a' },
  };
  const changes: [string, (request: HttpRequest) => HttpRequest][] = [
    ['method', (request) => ({ ...request, method: 'PUT' })],
    ['path', (request) => ({ ...request, path: '/live/v1/ready?a=1' })],
    ['query', (request) => ({ ...request, path: '/live/v1/release?a=2' })],
    ['body', (request) => ({ ...request, body: Buffer.from('{"v":2}') })],
    ['host', (request) => ({ ...request, headers: { ...request.headers, host: 'other' } })],
    ['signed header', (request) => ({ ...request, headers: { ...request.headers, 'x-test': 'b' } })],
    [
      'token',
      (request) => ({ ...request, headers: { ...request.headers, 'x-amz-security-token': 'other' } }),
    ],
    [
      'x-amz- header that nobody signed',
      (request) => ({ ...request, headers: { ...request.headers, 'x-amz-other': '1' } }),
    ],
  ];
  it.each(changes)('is refused: %s', async (_name, change) => {
    const request = await signed(session, asked);
    expect(outcome(request)).toBe('ok');
    expect(outcome(change(request))).toBe('InvalidSignature');
  });

  it('is refused when the payload hash was changed along with the body', async () => {
    const request = await signed(session, {
      ...asked,
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });
    expect(outcome(request)).toBe('InvalidSignature');
  });
});

describe('a request by others, from elsewhere or at another time', () => {
  it('is refused with another secret, and for another region', async () => {
    expect(outcome(await signed(credentials, { host }), 'other')).toBe('InvalidSignature');
    expect(outcome(await signed(credentials, { host, region: 'eu-west-1' }))).toBe('InvalidSignature');
  });

  it.each([
    [-301, 'InvalidSignature'],
    [-299, 'ok'],
    [299, 'ok'],
    [301, 'InvalidSignature'],
  ])('is, %i seconds off: %s', async (seconds, expected) => {
    const now = Date.UTC(2026, 10, 22, 12);
    const request = await signed(credentials, { host, at: new Date(now + seconds * 1000) });
    expect(outcome(request, credentials.secretAccessKey, now)).toBe(expected);
  });

  it('is refused without a signature, without a signed host, and with half a header', async () => {
    const request = await signed(credentials, { host });
    const { authorization = '', ...headers } = request.headers;
    const with_ = (text: string) => ({ ...request, headers: { ...headers, authorization: text } });
    expect(outcome({ ...request, headers })).toBe('MissingAuthenticationToken');
    expect(outcome(with_('Bearer x'))).toBe('IncompleteSignature');
    expect(outcome(with_(authorization.replace(/Signature=\w+/, '')))).toBe('IncompleteSignature');
    expect(outcome(with_(authorization.replace('host;', '')))).toBe('InvalidSignature');
  });
});

describe('a request signed by curl', () => {
  const seen: HttpRequest[] = [];
  const server = httpServer((request) => {
    seen.push(request);
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0) });
  });
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  it.each([
    ['a body', ['--data-binary', '{"v":1}', '-H', 'content-type: application/json']],
    [
      'a body and a session token',
      ['--data-binary', '{"v":1}', '-H', `x-amz-security-token: ${session.sessionToken}`],
    ],
    ['no body', ['-X', 'POST']],
  ])('is accepted with %s', async (_name, options) => {
    const { port } = server.address() as AddressInfo;
    await run('curl', [
      ...['-sS', '--fail', '--aws-sigv4', 'aws:amz:us-east-1:execute-api'],
      ...['-u', `${credentials.accessKeyId}:${credentials.secretAccessKey}`],
      ...['-H', `host: ${host}`, ...options, `http://127.0.0.1:${String(port)}/live/v1/release`],
    ]);
    const request = seen.pop()!;
    expect(outcome(request)).toBe('ok');
    expect(outcome({ ...request, body: Buffer.from('other') })).toBe('InvalidSignature');
  });
});
