// Plays instance metadata and the preseed service for the agent's tests, on a Unix socket.
//   preseed-service.mjs DIRECTORY
// DIRECTORY has `setup.json` {user_data, messages: [message | {raw}], actions: {ROUTE: [ACTION...]}, late}, gets
// `trust.jwks`, `socket` and a line in `log` for each call. Actions are used up in order: `down` closes the connection
// before anything happens, `lost` after; a number is an answer with that status; `ok` does nothing.
import { execFileSync } from 'node:child_process';
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

/** @typedef {{ kty?: string, crv?: string, x?: string, y?: string }} Jwk */
/** @typedef {Record<string, any>} Members what the agent sends: whatever it is, a test looks at what comes of it */
/** @typedef {{ status: number, body: object }} Answer */

const folder = process.argv[2] ?? '.';
/** @type {{ user_data: string, messages: Members[], actions?: Record<string, (string | number)[]>, late?: number }} */
const setup = JSON.parse(readFileSync(`${folder}/setup.json`, 'utf8'));
const SERVER = 'srv-0123456789abcdefghjkmnpqrs';
const INSTANCE = 'i-0123456789abcdef0';
const EPOCH = () => Math.floor(Date.now() / 1000);
/** @param {string | Uint8Array} data */
const b64 = (data) => Buffer.from(data).toString('base64url');
/** @param {Buffer} secret @param {string} info */
const derive = (secret, info) => Buffer.from(hkdfSync('sha256', secret, '', info, 32));
/** @param {object} entry */
const log = (entry) => appendFileSync(`${folder}/log`, `${JSON.stringify(entry)}\n`);
/** @param {string[]} args */
const jose = (args) => execFileSync('jose', args, { encoding: 'utf8' }).trim();

const keys = ['kms', 'delegated'].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const [kms = {}, delegated = {}] = keys.map(({ privateKey }) => ({
  ...privateKey.export({ format: 'jwk' }),
  alg: 'ES256',
}));
/** @param {Jwk} key */
const pub = ({ kty, crv, x, y }) => ({ kty, crv, x, y });
writeFileSync(`${folder}/trust.jwks`, JSON.stringify({ keys: [{ ...pub(kms), alg: 'ES256' }] }));
for (const [name, key] of Object.entries({ kms, delegated }))
  writeFileSync(`${folder}/${name}.jwk`, JSON.stringify(key));

/** @param {string} payload @param {string} typ @param {string} key */
const sign = (payload, typ, key) => {
  writeFileSync(`${folder}/payload`, payload);
  const template = JSON.stringify({ protected: { alg: 'ES256', typ } });
  return jose([
    'jws',
    'sig',
    '-I',
    `${folder}/payload`,
    '-k',
    `${folder}/${key}.jwk`,
    '-s',
    template,
    '-c',
    '-o-',
  ]);
};
/** @param {string} plaintext @param {Jwk} epk @param {string} apv */
const seal = (plaintext, epk, apv) => {
  writeFileSync(`${folder}/payload`, plaintext);
  writeFileSync(`${folder}/epk.jwk`, JSON.stringify(epk));
  const template = JSON.stringify({ protected: { alg: 'ECDH-ES', enc: 'A256GCM', apv } });
  return jose([
    'jwe',
    'enc',
    '-I',
    `${folder}/payload`,
    '-k',
    `${folder}/epk.jwk`,
    '-i',
    template,
    '-c',
    '-o-',
  ]);
};
/** @param {string} plaintext @param {Buffer} key @param {object} header */
const direct = (plaintext, key, header) => {
  const head = b64(JSON.stringify(header));
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(head));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [head, '', b64(iv), b64(body), b64(cipher.getAuthTag())].join('.');
};
/** @param {string} jwe @param {Buffer} key */
const open = (jwe, key) => {
  const [head = '', , iv = '', body = '', tag = ''] = jwe.split('.');
  const cipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'));
  cipher.setAAD(Buffer.from(head)).setAuthTag(Buffer.from(tag, 'base64url'));
  return JSON.parse(
    Buffer.concat([cipher.update(Buffer.from(body, 'base64url')), cipher.final()]).toString(),
  );
};

const secret = randomBytes(32);
const subkey = b64(derive(secret, 'sealroot/v1/preseed/subkey'));
writeFileSync(`${folder}/secrets`, [secret.toString('hex'), b64(secret), subkey].join('\n'));
/** @type {{ name: string, epk?: string, delivered: number, looked?: boolean, settled: Map<number, object> }} */
const state = { name: 'created', delivered: 0, settled: new Map() };
const refused = { status: 403, body: { code: 'refused', request: 'r' } };
const conflict = { status: 409, body: { code: 'conflict', request: 'r' } };
/**
 * Compact JWE of message `seq`; `raw` is taken as it is, `spoil` changes the tag, `exp` the time.
 *
 * @param {number} seq
 * @returns {string}
 */
const message = (seq) => {
  const { spoil, exp, raw, ...content } = setup.messages[seq - 1] ?? {};
  if (raw !== undefined) return raw;
  const header = {
    alg: 'dir',
    enc: 'A256GCM',
    typ: 'sealroot-message',
    server: SERVER,
    seq,
    exp: exp ?? EPOCH() + 600,
  };
  const jwe = direct(
    JSON.stringify(content),
    derive(secret, `sealroot/v1/preseed/message\n${SERVER}\n${seq}`),
    header,
  );
  return spoil ? jwe.replace(/.{22}$/, 'A'.repeat(22)) : jwe;
};

/** For tests without a server: each message in a file of its own, and one that is none. */
setup.messages.forEach((_, i) => writeFileSync(`${folder}/message.${i + 1}`, message(i + 1)));
writeFileSync(`${folder}/message.x`, 'e30');

/** @type {Record<string, (body: Members) => Answer>} */
const routes = {
  register({ epk, nonce, server }) {
    const thumbprint = createHash('sha256').update(JSON.stringify(epk)).digest('hex');
    if (server !== SERVER || (state.epk ?? thumbprint) !== thumbprint) {
      log({ alarm: true });
      return refused;
    }
    if (state.name === 'finished') return refused;
    state.epk = thumbprint;
    if (state.name === 'created') state.name = 'registered';
    const registration = {
      v: 1,
      nonce,
      instance: INSTANCE,
      server,
      subkey,
      secret: b64(secret),
      exp: EPOCH() + 120,
    };
    const delegation = { use: 'preseed', jwk: pub(delegated), iat: EPOCH() - 60, exp: EPOCH() + 600 };
    return {
      status: 200,
      body: {
        delegation: sign(JSON.stringify(delegation), 'sealroot-delegation', 'kms'),
        envelope: sign(seal(JSON.stringify(registration), epk, nonce), 'sealroot-preseed', 'delegated'),
      },
    };
  },
  receive({ after }) {
    // Messages that are sent late are there at the second look.
    const count = setup.late && !state.looked ? setup.late - 1 : setup.messages.length;
    state.looked = true;
    const all = Array.from({ length: count }, (_, i) => i + 1);
    const open = all.filter((seq) => seq > after && !state.settled.has(seq));
    const given = open.slice(0, 3);
    state.delivered = Math.max(state.delivered, ...given);
    return { status: 200, body: { v: 1, messages: given.map(message), more: open.length > given.length } };
  },
  ack({ results }) {
    /** @type {{ seq: number }[]} */
    const given = results;
    for (const { seq, ...result } of given) if (!state.settled.has(seq)) state.settled.set(seq, result);
    return { status: 200, body: { v: 1, settled: given.map(({ seq }) => seq) } };
  },
  report({ report }) {
    const content = open(report, derive(secret, `sealroot/v1/preseed/report\n${SERVER}`));
    log({ report: content });
    const all = setup.messages.map((_, i) => i + 1);
    if (content.status === 'configuring' && state.delivered < all.length) return conflict;
    if (content.status === 'finished' && all.some((seq) => !state.settled.has(seq))) return conflict;
    state.name = content.status;
    return { status: 200, body: { v: 1 } };
  },
};

/** @type {Record<string, string | undefined>} */
const METADATA = {
  'api/token': 'TOKEN',
  'meta-data/instance-id': INSTANCE,
  'meta-data/placement/region': 'us-east-1',
  'meta-data/iam/security-credentials/': 'role',
  'meta-data/iam/security-credentials/role': JSON.stringify({
    AccessKeyId: 'ASIAEXAMPLE',
    SecretAccessKey: 'very/secret/credential',
    Token: 'session-token-of-the-role',
  }),
  'user-data': setup.user_data,
};

/** @param {string} route @param {Members} body @returns {Answer} */
function answer(route, body) {
  // Finished means that the subkey is worth nothing; a repeated report is answered all the same.
  if (route !== 'register' && (body.subkey !== subkey || (state.name === 'finished' && route !== 'report')))
    return refused;
  return routes[route]?.(body) ?? { status: 404, body: {} };
}

createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { url = '' } = request;
    const path = url.replace(/^.*\/(latest|v1\/preseed)\//, '');
    const action = setup.actions?.[path]?.shift();
    /** @param {number} status @param {string} text */
    const send = (status, text) => response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    if (action === 'down') return void request.socket.destroy();
    if (url.includes('/latest/')) {
      if (typeof action === 'number') return void send(action, '');
      const text = METADATA[path];
      return void (text === undefined ? send(404, '') : send(200, text));
    }
    if (typeof action === 'number') {
      const code = { 403: 'refused', 429: 'throttled', 503: 'unavailable' }[action];
      return void send(action, JSON.stringify({ code, request: 'r' }));
    }
    const { status, body } = answer(path, JSON.parse(Buffer.concat(chunks).toString()));
    const results = path === 'ack' ? { results: Object.fromEntries(state.settled) } : {};
    log({ route: path, status, state: state.name, ...results });
    if (action === 'lost') return void request.socket.destroy();
    send(status, JSON.stringify(body));
  });
}).listen(`${folder}/socket`);
