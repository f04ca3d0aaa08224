import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpRequest } from '../../../local/engine/contracts/http.ts';
import { endpointCertificate, ensureAuthority } from '../../../local/vm/endpoint/certificate-authority.ts';
import { listenAsEndpoint, type EndpointOutcome } from '../../../local/vm/endpoint/listener.ts';
import type { UnixServer } from '../../../local/vm/qemu/unix-server.ts';

const HOST = 'api1-vpce1.execute-api.us-east-1.amazonaws.com';

let state: string;
let server: UnixServer;
let outcome: (request: HttpRequest) => Promise<EndpointOutcome>;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'sealroot-ca-'));
  const certificate = await endpointCertificate(state, 'us-east-1');
  server = await listenAsEndpoint(state, 'endpoint.sock', certificate, (incoming) => outcome(incoming));
});
afterAll(async () => {
  await server.close();
  rmSync(state, { recursive: true });
});

function post(body: string, host = HOST): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: join(state, 'endpoint.sock'),
      servername: host,
      headers: { host },
      ca: readFileSync(join(state, 'ca', 'ca.pem')),
      method: 'POST',
      path: '/prod/v1/release',
      timeout: 300,
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    outgoing.end(body);
  });
}

describe('when an instance speaks to the VPC endpoint', () => {
  it('passes request and answer on', async () => {
    let seen: HttpRequest | undefined;
    outcome = (incoming) => {
      seen = incoming;
      return Promise.resolve({ status: 202, headers: { 'retry-after': '15' }, body: Buffer.from('{}') });
    };
    expect(await post('{"v":1}')).toEqual({ status: 202, body: '{}' });
    expect(seen).toMatchObject({ method: 'POST', path: '/prod/v1/release', headers: { host: HOST } });
    expect(seen?.body.toString()).toBe('{"v":1}');
  });

  it('can drop the connection, or never answer', async () => {
    outcome = () => Promise.resolve('drop');
    await expect(post('')).rejects.toThrow(/hang up|ECONNRESET/);
    outcome = () => Promise.resolve('hang');
    await expect(post('')).rejects.toThrow('timeout');
  });

  it('drops it when there is a fault behind it', async () => {
    outcome = () => Promise.reject(new Error('broken'));
    await expect(post('')).rejects.toThrow(/hang up|ECONNRESET/);
  });

  it('refuses a body that API Gateway would not take', async () => {
    outcome = () => Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0) });
    const answer = post('x'.repeat(10 * 1024 * 1024 + 1)).then(({ status }) => status);
    // Either the answer gets through or the cut connection does, whichever the client sees first.
    await expect(answer.catch(() => 413)).resolves.toBe(413);
  });

  it('vouches for the private APIs of its region and for nothing else', async () => {
    await expect(post('', 'execute-api.us-east-1.amazonaws.com')).rejects.toThrow(/altnames/);
    await expect(post('', 'a.execute-api.eu-west-1.amazonaws.com')).rejects.toThrow(/altnames/);
  });
});

describe('when the authority exists', () => {
  it('keeps it, with its key for the owner alone', async () => {
    const path = await ensureAuthority(state);
    const before = readFileSync(path, 'utf8');
    await ensureAuthority(state);
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(new X509Certificate(before).ca).toBe(true);
    expect(statSync(join(state, 'ca', 'ca.key')).mode & 0o77).toBe(0);
    expect(statSync(join(state, 'ca')).mode & 0o77).toBe(0);
  });
});
