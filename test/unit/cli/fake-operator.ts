import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { ERRORS } from '../../../protocol/errors.ts';
import type { PendingRequest, Volume } from '../../../protocol/operator.ts';
import { FakeServers } from './fake-servers.ts';
import type { Reply } from './world.ts';

export const API_HOST = 'abcdef1234.execute-api.eu-west-1.amazonaws.com';

/** The operator API, in memory. */
export class FakeOperator {
  volumes: Volume[] = [];
  requests: PendingRequest[] = [];
  readonly preseed = new FakeServers();
  /** Answers to give before anything else, in order. */
  readonly next: Reply[] = [];
  /** `METHOD path body` of every request, in order. */
  readonly calls: string[] = [];
  /** Volumes per page. */
  page = 100;

  volume(luks: string, members: Partial<Volume> = {}): Volume {
    const volume: Volume = {
      luks,
      instance: 'i-00000000000000001',
      volume: 'root',
      state: 'active',
      address: '10.0.0.5',
      image: 'ami-00000000000000001',
      created: '2026-01-01T00:00:00Z',
      updated: '2026-01-01T00:00:00Z',
      recoverable: true,
      ...members,
    };
    this.volumes.push(volume);
    return volume;
  }

  request(id: string, members: Partial<PendingRequest> = {}): PendingRequest {
    const request: PendingRequest = {
      id,
      reason: 'stale-ticket',
      decision: 'pending',
      instance: 'i-00000000000000001',
      volume: 'root',
      address: '10.0.0.5',
      image: 'ami-00000000000000001',
      first: '2026-01-01T00:00:00Z',
      expires: '2026-01-01T01:00:00Z',
      ...members,
    };
    this.requests.push(request);
    return request;
  }

  handle(message: IncomingMessage, body: string): Reply {
    const url = new URL(message.url ?? '/', 'https://host');
    this.calls.push([message.method, url.pathname + url.search, body].filter(Boolean).join(' '));
    if (message.headers.host !== API_HOST) return apiError('not-found');
    const prepared = this.next.shift();
    if (prepared !== undefined) return prepared;
    const [, stage, version, kind, id, action, more] = url.pathname.split('/');
    if (stage !== 'api' || version !== 'v1') return apiError('not-found');
    if (kind === 'preseed') return this.preseed.handle(action, more, message.method ?? '', body);
    if (kind === 'volumes' && id === undefined)
      return this.#volumePage(Number(url.searchParams.get('next') ?? 0));
    if (kind === 'requests' && id === undefined) return json({ requests: this.requests });
    if (action === undefined) {
      const found = this.requests.find((r) => r.id === id) ?? this.volumes.find((v) => v.luks === id);
      return found === undefined ? apiError('not-found') : json(found);
    }
    const { reason } = JSON.parse(body) as { reason?: string };
    if (kind === 'volumes') {
      const state = action === 'revoke' ? 'revoked' : 'active';
      const volume = this.volumes.find((candidate) => candidate.luks === id);
      return volume === undefined
        ? apiError('not-found')
        : json({ ...volume, state, ...(reason && { reason }) });
    }
    const request = this.requests.find((candidate) => candidate.id === id);
    const decision = action === 'approve' ? 'approved' : 'denied';
    return request === undefined ? apiError('not-found') : json({ ...request, decision });
  }

  #volumePage(from: number): Reply {
    const end = from + this.page;
    return json({
      volumes: this.volumes.slice(from, end),
      ...(end < this.volumes.length && { next: String(end) }),
    });
  }
}

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
  headers,
});

export const apiError = (code: ErrorCode, headers: Record<string, string> = {}, message?: string): Reply =>
  json({ code, request: 'req-1', ...(message && { message }) }, ERRORS[code].status, headers);
