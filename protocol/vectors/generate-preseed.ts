/**
 * Writes `preseed.json`: `node --import tsx protocol/vectors/generate-preseed.ts`. Needs Debian's `jose`. Every run
 * gives other bytes with the same verdicts; the keys in the result are for tests and open nothing.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBase64url } from '../base64url.ts';
import { publicJwk } from '../jose/jwk.ts';
import { messageKey, reportKey, subkeyOf } from '../preseed-keys.ts';
import { TYP } from '../release.ts';
import type { Report } from '../report.ts';
import { flip, pair, pinned, random, sealedAnswer, unsigned, write, type Making } from './make.ts';
import { messageVectors } from './preseed-messages.ts';

const NOW = 1_800_000_000;
const INSTANCE = 'i-0123456789abcdef0';
const SERVER = 'srv-0123456789abcdefghjkmnpqrs';
const OTHER_SERVER = 'srv-zyxwvtsrqpnmkjhgfedcba9876';

const kms = pair();
const stranger = pair();
const delegated = pair();
const client = pair();
const nonce = random(32);
const secret = randomBytes(32);

const delegation = {
  use: 'preseed',
  jwk: publicJwk(delegated.publicKey),
  iat: NOW - 600,
  exp: NOW + 3000,
};
const registration = {
  v: 1,
  nonce,
  instance: INSTANCE,
  server: SERVER,
  subkey: encodeBase64url(subkeyOf(secret)),
  secret: encodeBase64url(secret),
  exp: NOW + 120,
};

const register = (making: Making = {}): Promise<{ delegation: string; envelope: string }> =>
  sealedAnswer(
    {
      ...{ delegation, delegationSigner: kms.privateKey, content: registration },
      ...{ typ: TYP.preseed, signer: delegated.privateKey, to: client.publicKey, apv: nonce },
    },
    making,
  );

const changed = (change: object): Promise<{ delegation: string; envelope: string }> =>
  register({ content: { ...registration, ...change } });
const delegatedAs = (change: object): Promise<{ delegation: string; envelope: string }> =>
  register({ delegation: { ...delegation, ...change } });

const good = await register();
const registers: [string, string, { delegation: string; envelope: string }][] = [
  ['registration', 'ok', good],
  ['a member that v1 does not know', 'ok', await changed({ later: true })],
  [
    'flipped bit in the delegation',
    'delegation-signature',
    { ...good, delegation: flip(good.delegation, 1) },
  ],
  [
    'delegation signed by a stranger',
    'delegation-signature',
    await register({ delegationSigner: stranger.privateKey }),
  ],
  [
    'delegation without signature',
    'delegation-signature',
    { ...good, delegation: unsigned(good.delegation, TYP.delegation) },
  ],
  ['delegation of another type', 'delegation-signature', await register({ delegationTyp: TYP.preseed })],
  ['delegation for releases', 'delegation-content', await delegatedAs({ use: 'release' })],
  ['delegation without a key', 'delegation-content', await delegatedAs({ jwk: undefined })],
  ['delegation that has expired', 'delegation-time', await delegatedAs({ iat: NOW - 3601, exp: NOW - 1 })],
  ['delegation for more than an hour', 'delegation-time', await delegatedAs({ exp: NOW + 3001 })],
  ['delegation kept for later', 'delegation-time', await delegatedAs({ iat: NOW + 301, exp: NOW + 3901 })],
  ['flipped bit in the envelope', 'signature', { ...good, envelope: flip(good.envelope, 1) }],
  ['envelope signed by a stranger', 'signature', await register({ signer: stranger.privateKey })],
  ['envelope without signature', 'signature', { ...good, envelope: unsigned(good.envelope, TYP.preseed) }],
  ['release in place of a registration', 'signature', await register({ typ: TYP.release })],
  ['flipped bit in the tag, signed all the same', 'decrypt', await register({ jwe: (jwe) => flip(jwe, 4) })],
  ['sealed to another key', 'decrypt', await register({ to: pair().publicKey })],
  ['not JSON', 'content', await register({ content: 'secret' })],
  ['version 2', 'content', await changed({ v: 2 })],
  ['a subkey that is too short', 'content', await changed({ subkey: random(31) })],
  ['no secret', 'content', await changed({ secret: undefined })],
  ['an instance with a shell command in it', 'content', await changed({ instance: '$(reboot)' })],
  ['answer to an earlier request', 'nonce', await register({ apv: random(32) })],
  ['nonce of an earlier request', 'nonce', await changed({ nonce: random(32) })],
  ['for another instance', 'instance', await changed({ instance: 'i-0fedcba9876543210' })],
  ['for another server', 'server', await changed({ server: OTHER_SERVER })],
  ['an answer that has expired', 'expired', await changed({ exp: NOW - 1 })],
];

const report: Report = {
  status: 'finished',
  hooks: [
    { stage: 'firstboot', name: '20-root-password', status: 0 },
    { stage: 'firstboot', name: '90-scripts', status: 1 },
  ],
  hostKeys: [
    { type: 'ssh-ed25519', fingerprint: `SHA256:${randomBytes(32).toString('base64').slice(0, 43)}` },
  ],
};

/** Made as the agent makes it. */
function reportByJose(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  try {
    const k = encodeBase64url(reportKey(secret, SERVER));
    writeFileSync(join(folder, 'key.jwk'), JSON.stringify({ kty: 'oct', k }), { mode: 0o600 });
    writeFileSync(join(folder, 'report'), JSON.stringify(report));
    const template = { protected: { alg: 'dir', enc: 'A256GCM', typ: TYP.report } };
    const options = ['-I', 'report', '-k', 'key.jwk', '-i', JSON.stringify(template), '-c', '-o', '-'];
    return execFileSync('jose', ['jwe', 'enc', ...options], { cwd: folder, encoding: 'utf8' }).trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const hex = (text: string): string => encodeBase64url(Buffer.from(text, 'hex'));
const ours = (info: string, okm: Buffer): object => ({
  name: JSON.stringify(info.split('\n')[0]),
  ikm: encodeBase64url(secret),
  salt: '',
  info: encodeBase64url(info),
  length: 32,
  okm: encodeBase64url(okm),
});

write('preseed', {
  about:
    'Keys, answers to one registration, messages and a report, with the check of SPEC.md part 2 that ends each.',
  now: NOW,
  hkdf: [
    {
      name: 'RFC 5869 A.1',
      ikm: hex('0b'.repeat(22)),
      salt: hex('000102030405060708090a0b0c'),
      info: hex('f0f1f2f3f4f5f6f7f8f9'),
      length: 42,
      okm: hex('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'),
    },
    {
      name: 'RFC 5869 A.3: empty salt and info',
      ikm: hex('0b'.repeat(22)),
      salt: '',
      info: '',
      length: 42,
      okm: hex('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8'),
    },
    ours('sealroot/v1/preseed/subkey', subkeyOf(secret)),
    ours(`sealroot/v1/preseed/message\n${SERVER}\n1`, messageKey(secret, SERVER, 1)),
    ours(`sealroot/v1/preseed/message\n${SERVER}\n12`, messageKey(secret, SERVER, 12)),
    ours(`sealroot/v1/preseed/report\n${SERVER}`, reportKey(secret, SERVER)),
  ],
  trust: { keys: [pinned(kms.publicKey)] },
  client: client.privateKey.export({ format: 'jwk' }),
  expected: { nonce, instance: INSTANCE, server: SERVER },
  register: registers.map(([name, step, response]) => ({ name, step, response })),
  registration: { subkey: registration.subkey, secret: registration.secret },
  messages: messageVectors({ secret, server: SERVER, otherServer: OTHER_SERVER, now: NOW }),
  report: { jwe: reportByJose(), report },
});
