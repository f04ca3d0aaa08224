/**
 * Writes the vectors. Run it only when the protocol changes: `node --import tsx protocol/vectors/generate.ts`.
 * Signatures and ephemeral keys are random, so every run gives other bytes with the same verdicts.
 * The private keys in the result are for tests and open nothing.
 */
import { publicJwk } from '../jose/jwk.ts';
import { requestId, TYP, type ReleaseRequest } from '../release.ts';
import { flip, pair, pinned, random, sealedAnswer, sign, unsigned, write, type Making } from './make.ts';

const NOW = 1_800_000_000;
const INSTANCE = 'i-0123456789abcdef0';
const LUKS = '5d0c6f3e-2b1a-4c8d-9e7f-001122334455';

const kms = pair();
const stranger = pair();
const delegated = pair();
const client = pair();
const otherClient = pair();
const nonce = random(32);
const header = random(32);

const delegation = {
  use: 'release',
  jwk: publicJwk(delegated.publicKey),
  iat: NOW - 600,
  exp: NOW + 3000,
};
const active = {
  v: 1,
  nonce,
  instance: INSTANCE,
  volume: 'root',
  luks: LUKS,
  state: 'active',
  keys: [random(64)],
  sealed: random(200),
  ticket: random(32),
  header,
  entropy: random(64),
  exp: NOW + 120,
};
const receipt = { v: 1, nonce, instance: INSTANCE, volume: 'root', luks: LUKS, header, exp: NOW + 120 };

const release = (making: Making = {}): Promise<{ delegation: string; envelope: string }> =>
  sealedAnswer(
    {
      ...{ delegation, delegationSigner: kms.privateKey, content: active },
      ...{ typ: TYP.release, signer: delegated.privateKey, to: client.publicKey, apv: nonce },
    },
    making,
  );

const good = await release();
const enrolling = {
  ...active,
  state: 'enrolling',
  recovery: { passphrase: 'k7rm'.repeat(8), sealed: random(512) },
};
const withoutHeader = { ...enrolling, header: undefined };

const releases: [string, string, { delegation: string; envelope: string }][] = [
  ['unlock', 'ok', good],
  ['enrolment with a recovery passphrase', 'ok', await release({ content: withoutHeader })],
  [
    'two keys during a rotation',
    'ok',
    await release({ content: { ...active, keys: [random(64), random(64)] } }),
  ],
  ['a member that v1 does not know', 'ok', await release({ content: { ...active, later: true } })],
  [
    'flipped bit in the signature of the delegation',
    'delegation-signature',
    { ...good, delegation: flip(good.delegation, 2) },
  ],
  [
    'flipped bit in the payload of the delegation',
    'delegation-signature',
    { ...good, delegation: flip(good.delegation, 1) },
  ],
  [
    'delegation signed by a stranger',
    'delegation-signature',
    await release({ delegationSigner: stranger.privateKey }),
  ],
  [
    'delegation without signature',
    'delegation-signature',
    { ...good, delegation: unsigned(good.delegation, TYP.delegation) },
  ],
  ['delegation of another type', 'delegation-signature', await release({ delegationTyp: TYP.release })],
  [
    'delegation for another use',
    'delegation-content',
    await release({ delegation: { ...delegation, use: 'preseed' } }),
  ],
  [
    'delegation without a key',
    'delegation-content',
    await release({ delegation: { ...delegation, jwk: undefined } }),
  ],
  [
    'delegation that has expired',
    'delegation-time',
    await release({ delegation: { ...delegation, iat: NOW - 3601, exp: NOW - 1 } }),
  ],
  [
    'delegation for more than an hour',
    'delegation-time',
    await release({ delegation: { ...delegation, exp: NOW + 3001 } }),
  ],
  [
    'delegation kept for later',
    'delegation-time',
    await release({ delegation: { ...delegation, iat: NOW + 301, exp: NOW + 3901 } }),
  ],
  [
    'flipped bit in the signature of the envelope',
    'signature',
    { ...good, envelope: flip(good.envelope, 2) },
  ],
  ['flipped bit in the payload of the envelope', 'signature', { ...good, envelope: flip(good.envelope, 1) }],
  ['envelope signed by a stranger', 'signature', await release({ signer: stranger.privateKey })],
  ['envelope without signature', 'signature', { ...good, envelope: unsigned(good.envelope, TYP.release) }],
  ['receipt in place of an envelope', 'signature', await release({ typ: TYP.ready })],
  [
    'flipped bit in the ciphertext, signed all the same',
    'decrypt',
    await release({ jwe: (jwe) => flip(jwe, 3) }),
  ],
  ['flipped bit in the tag, signed all the same', 'decrypt', await release({ jwe: (jwe) => flip(jwe, 4) })],
  ['sealed to another key', 'decrypt', await release({ to: otherClient.publicKey })],
  ['not JSON', 'content', await release({ content: 'keys' })],
  ['version 2', 'content', await release({ content: { ...active, v: 2 } })],
  ['unknown state', 'content', await release({ content: { ...active, state: 'ready' } })],
  ['no state', 'content', await release({ content: { ...active, state: undefined } })],
  ['a key that is too short', 'content', await release({ content: { ...active, keys: [random(63)] } })],
  ['no key', 'content', await release({ content: { ...active, keys: [] } })],
  [
    'a LUKS id with a shell command in it',
    'content',
    await release({ content: { ...active, luks: '$(reboot)' } }),
  ],
  ['no ticket', 'content', await release({ content: { ...active, ticket: undefined } })],
  ['answer to an earlier request of the same boot', 'nonce', await release({ apv: random(32) })],
  ['nonce of an earlier request', 'nonce', await release({ content: { ...active, nonce: random(32) } })],
  [
    'for another instance',
    'instance',
    await release({ content: { ...active, instance: 'i-0fedcba9876543210' } }),
  ],
  ['for another volume', 'volume', await release({ content: { ...active, volume: 'data-db' } })],
  [
    'for another LUKS id',
    'luks',
    await release({ content: { ...active, luks: 'ffffffff-2b1a-4c8d-9e7f-001122334455' } }),
  ],
  ['an answer that has expired', 'expired', await release({ content: { ...active, exp: NOW - 1 } })],
];

const goodReady = {
  delegation: good.delegation,
  receipt: await sign(receipt, TYP.ready, delegated.privateKey),
};
const ready = async (change: object): Promise<typeof goodReady> => ({
  delegation: good.delegation,
  receipt: await sign({ ...receipt, ...change }, TYP.ready, delegated.privateKey),
});
const receipts: [string, string, typeof goodReady][] = [
  ['receipt', 'ok', goodReady],
  ['flipped bit in the receipt', 'signature', { ...goodReady, receipt: flip(goodReady.receipt, 1) }],
  [
    'receipt signed by a stranger',
    'signature',
    { ...goodReady, receipt: await sign(receipt, TYP.ready, stranger.privateKey) },
  ],
  [
    'receipt of another type',
    'signature',
    { ...goodReady, receipt: await sign(receipt, TYP.release, delegated.privateKey) },
  ],
  ['receipt for another header', 'content', await ready({ header: random(32) })],
  ['receipt with an old nonce', 'nonce', await ready({ nonce: random(32) })],
  ['receipt for another LUKS id', 'luks', await ready({ luks: 'ffffffff-2b1a-4c8d-9e7f-001122334455' })],
  ['receipt that has expired', 'expired', await ready({ exp: NOW - 1 })],
];

const request: ReleaseRequest = {
  v: 1,
  volume: 'root',
  luks: LUKS,
  ticket: random(32),
  nonce,
  epk: publicJwk(client.publicKey),
  boot: '0b5a9a4e-8f0d-4c52-a9a1-7f3a00000000',
};

const named = <T>(rows: [string, string, T][]): object[] =>
  rows.map(([name, step, response]) => ({ name, step, response }));

write('release', {
  about: 'Answers to one request and the step of SPEC.md section 5 that refuses them; ok: none does.',
  now: NOW,
  trust: {
    keys: [pinned(kms.publicKey)],
  },
  client: client.privateKey.export({ format: 'jwk' }),
  expected: { nonce, instance: INSTANCE, volume: 'root', luks: LUKS, header },
  release: named(releases),
  ready: named(receipts),
});
write('request', {
  about: 'A release request and the id under which it waits for approval.',
  instance: INSTANCE,
  request,
  id: requestId(INSTANCE, request),
});
