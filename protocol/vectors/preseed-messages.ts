import { randomBytes } from 'node:crypto';
import { encodeBase64url } from '../base64url.ts';
import { encryptDirect } from '../jose/direct.ts';
import { messageKey } from '../preseed-keys.ts';
import type { MessageHeader } from '../preseed.ts';
import { TYP } from '../release.ts';
import { flip } from './make.ts';

/** Text that a shell would execute, split or drop, and text that is not ASCII. */
const AWKWARD = 'it\'s "quoted" `id` $(reboot) $HOME \\ ; & | > # !\n\ttwo lines\r\nünï¢ödé \u{1f511}\u007f ';
const ED25519 =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGoB5g7Y6rW0V6nqyV7o6b4tGz0sK0pG2o9m2xk5l9aB admin@example.com';
const file = {
  type: 'file',
  path: '/etc/app/app.conf',
  mode: '0640',
  owner: 'root:www-data',
  content: encodeBase64url(Buffer.from([0, 255, 10, 39, 36, 40, 41, 96])),
};

interface Sealing {
  readonly header?: object;
  readonly key?: Buffer;
  readonly spoil?: (jwe: string) => string;
  /** 0 unless told. */
  readonly after?: number;
  /** Number to acknowledge; null when the header cannot be read. */
  readonly named?: number | null;
}
interface Registered {
  readonly secret: Uint8Array;
  readonly server: string;
  readonly otherServer: string;
  readonly now: number;
}

/** Messages to a registered server, each with the check of SPEC.md section 15 that ends it. */
export function messageVectors({ secret, server, otherServer, now }: Registered): object[] {
  let last = 0;

  function message(name: string, step: string, content: unknown, sealing: Sealing = {}): object {
    const seq = (last += 1);
    const base: MessageHeader = {
      alg: 'dir',
      enc: 'A256GCM',
      typ: TYP.message,
      server: server,
      seq,
      exp: now + 3600,
    };
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const key = sealing.key ?? messageKey(secret, server, seq);
    const jwe = encryptDirect(Buffer.from(text), key, { ...base, ...sealing.header });
    return {
      name,
      step,
      seq: sealing.named === undefined ? seq : sealing.named,
      after: sealing.after ?? 0,
      jwe: sealing.spoil?.(jwe) ?? jwe,
      ...(step === 'ok' ? { message: content } : {}),
    };
  }
  const hooks = { type: 'inithooks', values: { ROOT_PASS: 'correct horse', APP_EMAIL: 'admin@example.com' } };
  const withValue = (name: string, value: unknown): object => ({ ...hooks, values: { [name]: value } });

  return [
    message('inithooks', 'ok', hooks),
    message('values that a shell would execute', 'ok', withValue('ROOT_PASS', AWKWARD)),
    message('an empty value', 'ok', withValue('APP_PASS', '')),
    message('authorized key', 'ok', { type: 'authorized-key', user: 'admin', key: ED25519 }),
    message('file', 'ok', file),
    message('an empty file', 'ok', { ...file, content: '' }),
    message('script', 'ok', { type: 'script', content: encodeBase64url('#!/bin/sh\necho "$(id)"\n') }),
    message('TOTP secret', 'ok', { type: 'totp', user: 'root', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }),
    message('largest', 'ok', withValue('BIG', 'x'.repeat(65_536 - 40))),
    message('flipped bit in the ciphertext', 'decrypt', hooks, { spoil: (jwe) => flip(jwe, 3) }),
    message('flipped bit in the tag', 'decrypt', hooks, { spoil: (jwe) => flip(jwe, 4) }),
    message('later expiry in the header', 'decrypt', hooks, {
      spoil: (jwe) => jwe.replace(/^[^.]+/, header({ seq: last, exp: now + 99_999 })),
    }),
    message('key of another number', 'decrypt', hooks, { key: messageKey(secret, server, 1) }),
    message('key of another server', 'decrypt', hooks, { key: messageKey(secret, otherServer, last + 1) }),
    message('key of another registration', 'decrypt', hooks, {
      key: messageKey(randomBytes(32), server, last + 1),
    }),
    message('expired', 'expired', hooks, { header: { exp: now } }),
    message('number that is not above those before', 'order', hooks, { after: last + 1 }),
    message('oversized', 'oversized', withValue('BIG', 'x'.repeat(65_536))),
    message('type that is not known', 'unknown-type', { type: 'shell', command: 'reboot' }),
    message('header of another server', 'malformed', hooks, { header: { server: otherServer } }),
    message('header of another type', 'malformed', hooks, { header: { typ: TYP.report } }),
    message('header with a critical extension', 'malformed', hooks, {
      header: { crit: ['b64'], b64: false },
    }),
    message('compressed', 'malformed', hooks, { header: { zip: 'DEF' } }),
    message('number with a command in it', 'malformed', hooks, { header: { seq: '1$(id)' }, named: null }),
    message('not a JWE', 'malformed', hooks, { spoil: () => 'e30', named: null }),
    message('not JSON', 'malformed', 'ROOT_PASS=x'),
    message('no type', 'malformed', { values: {} }),
    message('loader variable', 'malformed', withValue('LD_PRELOAD', '/tmp/x.so')),
    message('shell variable', 'malformed', withValue('PATH', '/tmp')),
    message('name with a command in it', 'malformed', withValue('A;reboot', 'x')),
    message('value with NUL', 'malformed', withValue('APP_PASS', 'a\0b')),
    message('value that is not text', 'malformed', withValue('APP_PASS', 1)),
    message('two lines of keys', 'malformed', {
      type: 'authorized-key',
      user: 'admin',
      key: `${ED25519}\nssh-rsa`,
    }),
    message('key with options', 'malformed', {
      type: 'authorized-key',
      user: 'admin',
      key: `command="x" ${ED25519}`,
    }),
    message('user with a path in it', 'malformed', { type: 'authorized-key', user: '../root', key: ED25519 }),
    message('path that climbs', 'malformed', { ...file, path: '/etc/app/../shadow' }),
    message('path that is relative', 'malformed', { ...file, path: 'etc/app.conf' }),
    message('path of the agent', 'malformed', { ...file, path: '/etc/sealroot/trust/preseed.jwks' }),
    message('mode with setuid', 'malformed', { ...file, mode: '4755' }),
    message('owner with a command in it', 'malformed', { ...file, owner: 'root;id' }),
    message('script without an interpreter', 'malformed', {
      type: 'script',
      content: encodeBase64url('reboot\n'),
    }),
    message('TOTP secret that is not base32', 'malformed', {
      type: 'totp',
      user: 'root',
      secret: 'jbsw-y3dp-ehpk-3pxp',
    }),
  ];

  function header(change: object): string {
    const base = { alg: 'dir', enc: 'A256GCM', typ: TYP.message, server: server, seq: 1, exp: now + 3600 };
    return encodeBase64url(JSON.stringify({ ...base, ...change }));
  }
}
