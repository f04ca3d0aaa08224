import { generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { decryptJwe } from '../protocol/jose/jwe.ts';
import { publicJwk } from '../protocol/jose/jwk.ts';
import type { ReceiveResponse, RegisterResponse, Registration } from '../protocol/preseed.ts';
import { PRESEED_OPERATIONS } from '../protocol/operations/preseed.ts';
import { SERVER_OPERATIONS } from '../protocol/operations/servers.ts';
import { bundle } from './bundle.ts';
import { median, type Figure } from './figures.ts';
import { InProcessAws, type SdkRequest } from './in-process-aws.ts';
import { call, cpuOf, inProcessHttp, type Handler } from './in-process-handler.ts';
import { ENVIRONMENT } from './warm-release-settings.ts';

const WARM_UP = 150;
const MEASURED = 250;
/** Of one `receive`, each as a password and a few values are. */
const MESSAGES = 5;
const VALUES = { ROOT_PASS: 'x'.repeat(24), DB_PASS: 'x'.repeat(24), APP_EMAIL: 'admin@example.com' };

type Route = 'register' | 'receive' | 'ack';
const ROUTES: readonly Route[] = ['register', 'receive', 'ack'];

/** The routes' AWS calls alone: `preseed-sdk.ts`. */
interface Sdk {
  prepare(messages: number, body: string): Promise<void>;
  register(): Promise<void>;
  receive(messages: number): Promise<void>;
  ack(messages: number): Promise<void>;
}

/** CPU of a call of each route, the real handlers bundled as they ship, beside that of their AWS calls alone. */
export async function preseedApi(directory: string): Promise<Figure[]> {
  const aws = new InProcessAws();
  Object.assign(globalThis, { sealrootBench: (request: SdkRequest) => aws.answer(request) });
  Object.assign(process.env, ENVIRONMENT);
  const load = async <T>(source: string, name: string): Promise<T> =>
    (await import((await bundle(source, `${directory}/${name}`, [inProcessHttp])).file)) as T;
  const preseed = await load<{ handler: Handler }>('lambda/preseed/handler.ts', 'in-process-preseed');
  const operator = await load<{ handler: Handler }>('lambda/operator/handler.ts', 'in-process-operator');
  const sdk = await load<Sdk>('bench/preseed-sdk.ts', 'in-process-preseed-sdk');

  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true; // the audit log, a line a call
  try {
    await sdk.prepare(MESSAGES, 'x'.repeat(250));
    const cpu = await measure(aws, preseed.handler, operator.handler, sdk);
    return ROUTES.flatMap((route) => figuresOf(route, median(cpu[route]), median(cpu[`${route}Sdk`])));
  } finally {
    process.stdout.write = write;
  }
}

type Samples = Record<Route | `${Route}Sdk`, number[]>;

async function measure(aws: InProcessAws, preseed: Handler, operator: Handler, sdk: Sdk): Promise<Samples> {
  const cpu: Samples = { register: [], receive: [], ack: [], registerSdk: [], receiveSdk: [], ackSdk: [] };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  for (let round = 0; round < WARM_UP + MEASURED; round += 1) {
    const server = `srv-${String(round).padStart(26, '0')}`;
    aws.server = server;
    await publish(operator, server);
    const ours = await configure(preseed, server, privateKey);
    // Side by side, so that whatever else the machine does falls on both.
    const register = await cpuOf(() => sdk.register());
    const receive = await cpuOf(() => sdk.receive(MESSAGES));
    const ack = await cpuOf(() => sdk.ack(MESSAGES));
    if (round < WARM_UP) continue;
    for (const route of ROUTES) cpu[route].push(ours[route]);
    cpu.registerSdk.push(register.cpu);
    cpu.receiveSdk.push(receive.cpu);
    cpu.ackSdk.push(ack.cpu);
  }
  return cpu;
}

async function publish(operator: Handler, server: string): Promise<void> {
  await call(operator, SERVER_OPERATIONS.createServer, { server, for: 'bench' });
  const message = { type: 'inithooks', values: VALUES };
  const messages = Array.from({ length: MESSAGES }, () => ({ id: randomUUID(), lifetime: 3600, message }));
  await call(operator, SERVER_OPERATIONS.sendMessages, { messages }, { server });
}

/** The instance's side, as thin as it can be; its CPU is not counted. */
async function configure(handler: Handler, server: string, key: KeyObject): Promise<Record<Route, number>> {
  const nonce = randomBytes(32).toString('base64url');
  const request = { v: 1, server, nonce, epk: publicJwk(key), boot: randomUUID() };
  const register = await call(handler, PRESEED_OPERATIONS.register, request);
  const [, jwe = ''] = (JSON.parse(register.body) as RegisterResponse).envelope.split('.');
  const plaintext = decryptJwe(Buffer.from(jwe, 'base64url').toString('ascii'), key);
  const { subkey } = JSON.parse(String(plaintext)) as Registration;
  const receive = await call(handler, PRESEED_OPERATIONS.receive, { v: 1, server, subkey });
  const { messages } = JSON.parse(receive.body) as ReceiveResponse;
  if (messages.length !== MESSAGES) throw new Error(`received ${messages.length} messages`);
  const results = messages.map((_, index) => ({ seq: index + 1, result: 'applied' }));
  const ack = await call(handler, PRESEED_OPERATIONS.ack, { v: 1, server, subkey, results });
  return { register: register.cpu, receive: receive.cpu, ack: ack.cpu };
}

function figuresOf(route: Route, ours: number, sdk: number): Figure[] {
  const group = 'Preseed API';
  const note = route === 'register' ? `of ${MEASURED}` : `of ${MEASURED}, ${MESSAGES} messages each`;
  return [
    { group, name: `${route}, CPU, median`, value: ours, unit: 'ms', note },
    { group, name: `${route}, SDK only`, value: sdk, unit: 'ms', note: 'the same AWS calls' },
    { group, name: `${route}, ratio`, value: ours / sdk, unit: 'x' },
  ];
}
