import { describe, expect, it } from '@jest/globals';
import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { EcPublicJwk } from '../../../protocol/jose/jwk.ts';
import { ReadyRequest, ReleaseRequest, requestId } from '../../../protocol/release.ts';
import { MalformedError, parseJson } from '../../../protocol/schema.ts';
import { openReceipt, openRelease } from '../../support/reference-client.ts';

const load = (name: string): unknown => JSON.parse(readFileSync(`protocol/vectors/${name}.json`, 'utf8'));

interface Case<T> {
  readonly name: string;
  readonly step: string;
  readonly response: T;
}

const vectors = load('release') as {
  now: number;
  trust: { keys: EcPublicJwk[] };
  client: JsonWebKey;
  expected: { nonce: string; instance: string; volume: string; luks: string; header: string };
  release: Case<{ delegation: string; envelope: string }>[];
  ready: Case<{ delegation: string; receipt: string }>[];
};
const expected = { ...vectors.expected, trust: vectors.trust.keys, now: vectors.now };
const { request, instance, id } = load('request') as {
  request: ReleaseRequest;
  instance: string;
  id: string;
};

describe('the vectors', () => {
  const privateKey = createPrivateKey({ key: vectors.client, format: 'jwk' });

  it.each(vectors.release)('release: $name: $step', ({ response, step }) => {
    expect(openRelease(response, expected, privateKey).step).toBe(step);
  });

  it.each(vectors.ready)('ready: $name: $step', ({ response, step }) => {
    expect(openReceipt(response, expected).step).toBe(step);
  });
});

describe('a release request', () => {
  const fieldOf = (body: unknown): string => {
    try {
      parseJson(ReleaseRequest, typeof body === 'string' ? body : JSON.stringify(body));
      return 'accepted';
    } catch (error) {
      return error instanceof MalformedError ? error.field : 'crashed';
    }
  };

  it('is parsed', () => {
    expect(parseJson(ReleaseRequest, JSON.stringify(request))).toEqual({
      ...request,
      sealed: undefined,
      attestation: undefined,
    });
  });

  it.each([
    ['body', 'nonsense'],
    ['body', '[]'],
    ['body', 'null'],
    ['v', { ...request, v: 2 }],
    ['volume', { ...request, volume: '../root' }],
    ['volume', { ...request, volume: undefined }],
    ['luks', { ...request, luks: request.luks?.toUpperCase() }],
    ['sealed', { ...request, sealed: '' }],
    ['sealed', { ...request, sealed: 'A'.repeat(4000) }],
    ['ticket', { ...request, ticket: 'AAAA' }],
    ['nonce', { ...request, nonce: `${request.nonce}=` }],
    ['epk', { ...request, epk: { ...request.epk, y: request.epk.x } }],
    ['boot', { ...request, boot: 7 }],
    ['attestation', { ...request, attestation: {} }],
  ])('with a bad %s is refused by that name', (field, body) => {
    expect(fieldOf(body)).toBe(field);
  });

  it('never crashes the parser', () => {
    fc.assert(
      fc.property(
        fc.record({ ...Object.fromEntries(Object.keys(request).map((k) => [k, fc.jsonValue()])) }),
        (body) => {
          expect(fieldOf(body)).not.toBe('crashed');
        },
      ),
    );
  });

  it('does not carry a private key on', () => {
    const parsed = parseJson(
      ReleaseRequest,
      JSON.stringify({ ...request, epk: { ...request.epk, d: 'AAAA' } }),
    );
    expect(parsed.epk).toEqual(request.epk);
  });
});

describe('the id of a waiting request', () => {
  it('is that of the vector', () => {
    expect(requestId(instance, request)).toBe(id);
  });

  it('stays while the same boot asks again, and is another one for another key, ticket or instance', () => {
    const other = { ...request.epk, x: request.epk.y };
    expect(requestId(instance, { ...request, nonce: 'x' })).toBe(id);
    expect(requestId(instance, { ...request, epk: other })).not.toBe(id);
    expect(requestId(instance, { ...request, ticket: undefined })).not.toBe(id);
    expect(requestId('i-00000000', request)).not.toBe(id);
  });
});

describe('a ready request', () => {
  const ready = {
    v: 1,
    volume: 'root',
    luks: request.luks,
    ticket: request.ticket,
    header: request.nonce,
    nonce: request.nonce,
    boot: request.boot,
  };

  it('is parsed', () => {
    expect(parseJson(ReadyRequest, JSON.stringify(ready))).toEqual(ready);
  });

  it.each(['volume', 'luks', 'ticket', 'header', 'nonce', 'boot'])(
    'without %s is refused by that name',
    (field) => {
      const body = JSON.stringify({ ...ready, [field]: undefined });
      expect(() => parseJson(ReadyRequest, body)).toThrow(`malformed: ${field}`);
    },
  );
});
