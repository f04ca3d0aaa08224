import { describe, expect, it } from '@jest/globals';
import { createPrivateKey, hkdfSync, type JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { decodeBase64url } from '../../../protocol/base64url.ts';
import { decryptDirect, encryptDirect } from '../../../protocol/jose/direct.ts';
import type { EcPublicJwk } from '../../../protocol/jose/jwk.ts';
import { Message } from '../../../protocol/message.ts';
import { messageKey, reportKey, subkeyOf } from '../../../protocol/preseed-keys.ts';
import { AckRequest, ReceiveRequest, REJECT_REASONS } from '../../../protocol/preseed.ts';
import { TYP } from '../../../protocol/release.ts';
import { Report } from '../../../protocol/report.ts';
import { MalformedError, parseJson, type Schema } from '../../../protocol/schema.ts';
import { openMessage, openRegistration } from '../../support/reference-preseed-client.ts';

interface Vectors {
  now: number;
  hkdf: { name: string; ikm: string; salt: string; info: string; length: number; okm: string }[];
  trust: { keys: EcPublicJwk[] };
  client: JsonWebKey;
  expected: { nonce: string; instance: string; server: string };
  register: { name: string; step: string; response: { delegation: string; envelope: string } }[];
  registration: { subkey: string; secret: string };
  messages: {
    name: string;
    step: string;
    seq: number | null;
    after: number;
    jwe: string;
    message?: Message;
  }[];
  report: { jwe: string; report: object };
}
const vectors = JSON.parse(readFileSync('protocol/vectors/preseed.json', 'utf8')) as Vectors;
const decode = (text: string): Buffer => decodeBase64url(text) ?? Buffer.from('not base64url');
const { server } = vectors.expected;
const secret = decode(vectors.registration.secret);

describe('the vectors of preseeding', () => {
  const privateKey = createPrivateKey({ key: vectors.client, format: 'jwk' });
  const expected = { ...vectors.expected, trust: vectors.trust.keys, now: vectors.now };

  it.each(vectors.hkdf)('HKDF: $name', ({ ikm, salt, info, length, okm }) => {
    const key = Buffer.from(hkdfSync('sha256', decode(ikm), decode(salt), decode(info), length));
    expect(key.toString('base64url')).toBe(okm);
  });

  it('have the keys that the code derives', () => {
    const derived = [subkeyOf(secret), messageKey(secret, server, 1), messageKey(secret, server, 12)];
    const all = [...derived, reportKey(secret, server)].map((key) => key.toString('base64url'));
    expect(vectors.hkdf.slice(2).map(({ okm }) => okm)).toEqual(all);
    expect(vectors.registration.subkey).toBe(all[0]);
  });

  it.each(vectors.register)('register: $name: $step', ({ response, step }) => {
    const verdict = openRegistration(response, expected, privateKey);
    expect(verdict.step).toBe(step);
    if (verdict.step === 'ok') expect(verdict.value).toMatchObject(vectors.registration);
  });

  it.each(vectors.messages)('message: $name: $step', ({ jwe, step, after, message }) => {
    const verdict = openMessage(jwe, { server, secret, now: vectors.now, after });
    expect(verdict).toEqual(step === 'ok' ? { step, value: message } : { step });
  });

  it('have a case for every reason that an instance can find', () => {
    const found = new Set(vectors.messages.map(({ step }) => step));
    const own = REJECT_REASONS.filter((reason) => reason !== 'failed' && reason !== 'unreadable');
    expect([...found].sort()).toEqual(['ok', ...own].sort());
  });

  it('have a report that was made by jose', () => {
    const plaintext = decryptDirect(vectors.report.jwe, reportKey(secret, server), TYP.report);
    expect(parseJson(Report, plaintext?.toString('utf8') ?? '')).toEqual(vectors.report.report);
  });
});

describe('a JWE under a shared key', () => {
  const key = Buffer.alloc(32, 7);
  const header = { alg: 'dir', enc: 'A256GCM', typ: TYP.report } as const;

  it('opens under its key and type', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (plaintext) => {
        const opened = decryptDirect(encryptDirect(plaintext, key, header), key, TYP.report);
        expect(opened).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it('opens neither as another type, nor with another key, nor with a key in it', () => {
    const jwe = encryptDirect(Buffer.from('x'), key, header);
    expect(decryptDirect(jwe, key, TYP.message)).toBeUndefined();
    expect(decryptDirect(jwe, Buffer.alloc(32, 8), TYP.report)).toBeUndefined();
    expect(decryptDirect(jwe.replace('..', '.AAAA.'), key, TYP.report)).toBeUndefined();
  });

  it('opens with no tag shorter than 16 bytes', () => {
    const parts = encryptDirect(Buffer.from('x'), key, header).split('.');
    const short = parts.with(
      4,
      Buffer.from(parts[4] ?? '', 'base64url')
        .subarray(0, 12)
        .toString('base64url'),
    );
    expect(decryptDirect(short.join('.'), key, TYP.report)).toBeUndefined();
  });
});

function verdictOf(content: unknown): string {
  try {
    Message.parse(content);
    return 'ok';
  } catch (error) {
    return error instanceof MalformedError ? error.field : 'crashed';
  }
}

describe('the content of a message', () => {
  const hooks = (name: string, value: unknown) => ({ type: 'inithooks', values: { [name]: value } });

  it.each([
    ...['PATH', 'IFS', 'ENV', 'LD_PRELOAD', 'BASH_ENV', 'PS4', 'HOME', 'PERL5LIB', 'AWS_PROFILE', 'UID', '_'],
    ...['lower', '1A', 'A-B', 'A B', '', 'A'.repeat(65), 'A\n', '__proto__'],
  ])('may not set %j', (name) => {
    expect(verdictOf(JSON.parse(JSON.stringify(hooks('X', 'v')).replace('"X"', JSON.stringify(name))))).toBe(
      'values',
    );
  });

  it.each(['ROOT_PASS', 'APP_EMAIL', 'HOSTNAME', 'SEC_UPDATES', 'A'.repeat(64)])('may set %s', (name) => {
    expect(verdictOf(hooks(name, ''))).toBe('ok');
  });

  it('has values of any text, and keeps them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const isText = !value.includes('\0');
        expect(verdictOf(hooks('A', value))).toBe(isText ? 'ok' : 'values');
        if (isText) expect(Message.parse(hooks('A', value))).toEqual(hooks('A', value));
      }),
    );
  });

  it('has no value that UTF-8 cannot say', () => {
    expect(verdictOf(hooks('A', '\ud800'))).toBe('values');
  });

  const file = { type: 'file', path: '/a/b', mode: '0644', owner: 'root', content: '' };
  it.each(
    [
      [
        '/',
        '//a',
        '/a/',
        '/a/./b',
        '/..',
        'a',
        '',
        '/a\nb',
        `/${'a'.repeat(256)}`,
        '/proc/1',
        '/sys',
        '/dev/sda',
      ],
      ['/run/sealroot/x', '/var/run/sealroot/x', '/var/lib/sealroot', '/etc/sealroot/sealroot.conf', '/proc'],
    ].flat(),
  )('has no file at %j', (path) => {
    expect(verdictOf({ ...file, path })).toBe('path');
  });

  it.each(['/a', '/etc/sealroot.d/x', '/process', '/a/..b', '/ä ö'])('may have a file at %j', (path) => {
    expect(verdictOf({ ...file, path })).toBe('ok');
  });

  it.each(['644', '0888', '1777', '00644', 420])('has no file of mode %j', (mode) => {
    expect(verdictOf({ ...file, mode })).toBe('mode');
  });

  it('keeps the members of its type and no other', () => {
    expect(Message.parse({ ...file, extra: 1 })).toEqual(file);
  });

  it('is kept whole when its type is not known here: the instance may know it', () => {
    expect(Message.parse({ type: 'later', a: [1] })).toEqual({ type: 'later', a: [1] });
    expect(verdictOf({ type: 'Later' })).toBe('type');
    expect(verdictOf({})).toBe('type');
  });

  it('has one key whose blob is of the type that it names', () => {
    const blob = vectors.messages.flatMap(({ message }) =>
      message?.type === 'authorized-key' ? [message.key.split(' ')[1] ?? ''] : [],
    )[0];
    const key = (text: string) => verdictOf({ type: 'authorized-key', user: 'admin', key: text });
    expect(key(`ssh-ed25519 ${blob ?? ''}`)).toBe('ok');
    for (const bad of [
      `ssh-rsa ${blob ?? ''}`,
      `ssh-dss ${blob ?? ''}`,
      'ssh-ed25519',
      'ssh-ed25519 AAAA',
      '',
    ]) {
      expect(key(bad)).toBe('key');
    }
  });
});

describe('what an instance sends', () => {
  const subkey = Buffer.alloc(32, 1).toString('base64url');
  const fieldOf = (schema: Schema<unknown>, body: object): string => {
    try {
      parseJson(schema, JSON.stringify({ v: 1, server, subkey, ...body }));
      return 'ok';
    } catch (error) {
      return error instanceof MalformedError ? error.field : 'crashed';
    }
  };

  it('asks for all messages unless it says which it holds', () => {
    const request = { v: 1, server, subkey };
    expect(parseJson(ReceiveRequest, JSON.stringify(request))).toEqual({ ...request, after: 0 });
    expect(fieldOf(ReceiveRequest, { after: 7 })).toBe('ok');
    for (const after of [-1, 1.5, '1', 1_000_000]) expect(fieldOf(ReceiveRequest, { after })).toBe('after');
  });

  it('names a reason exactly when it rejects', () => {
    const results = (result: object) => fieldOf(AckRequest, { results: [{ seq: 1, ...result }] });
    expect(results({ result: 'applied' })).toBe('ok');
    expect(results({ result: 'rejected', reason: 'decrypt' })).toBe('ok');
    expect(results({ result: 'rejected' })).toBe('results.0.reason');
    expect(results({ result: 'rejected', reason: 'constructor' })).toBe('results.0.reason');
    expect(results({ result: 'ok' })).toBe('results.0.result');
    expect(fieldOf(AckRequest, { results: [] })).toBe('results');
  });
});
