import { generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { decryptJwe } from '../protocol/jose/jwe.ts';
import { publicJwk, type EcPublicJwk } from '../protocol/jose/jwk.ts';
import type { ReleaseEnvelope, ReleaseResponse } from '../protocol/release.ts';
import { KEYSERVER_OPERATIONS } from '../protocol/operations/keyserver.ts';
import { bundle } from './bundle.ts';
import { median, type Figure } from './figures.ts';
import { InProcessAws, type SdkRequest } from './in-process-aws.ts';
import { call, inProcessHttp, type Handler } from './in-process-handler.ts';
import { KEYSERVER } from './keyserver-size.ts';
import { ENVIRONMENT } from './warm-release-settings.ts';

const WARM_UP = 1000;
const MEASURED = 1000;

/**
 * CPU and calls of a warm release: the real handler, bundled as it ships, whose SDK clients do all but touch the
 * network. Each release is a boot: it presents the ticket that the one before it was given.
 */
export async function warmRelease(directory: string): Promise<Figure[]> {
  const aws = new InProcessAws();
  Object.assign(globalThis, { sealrootBench: (request: SdkRequest) => aws.answer(request) });
  Object.assign(process.env, ENVIRONMENT);
  const { file } = await bundle(KEYSERVER, `${directory}/in-process`, [inProcessHttp]);
  const { handler } = (await import(file)) as { handler: Handler };

  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true; // the audit log, a line a release
  try {
    const instance = await Instance.enrol(handler);
    for (let i = 0; i < WARM_UP; i += 1) await instance.boot(handler);
    const before = { ...aws.calls };
    const cpu: number[] = [];
    for (let i = 0; i < MEASURED; i += 1) cpu.push(await instance.boot(handler));
    const perRelease = (service: keyof typeof before): number =>
      (aws.calls[service] - before[service]) / MEASURED;
    const mean = cpu.reduce((sum, ms) => sum + ms, 0) / cpu.length;
    const group = 'Warm release';
    return [
      { group, name: 'CPU, mean', value: mean, unit: 'ms', bar: 3, note: `of ${MEASURED}` },
      { group, name: 'CPU, median', value: median(cpu), unit: 'ms' },
      { group, name: 'KMS calls', value: perRelease('kms'), unit: '', bar: 1 },
      { group, name: 'DynamoDB calls', value: perRelease('dynamodb'), unit: '', bar: 2 },
      { group, name: 'EC2 calls', value: perRelease('ec2'), unit: '', bar: 0 },
    ];
  } finally {
    process.stdout.write = write;
  }
}

/** The instance's side, as thin as it can be; its CPU is not counted. */
class Instance {
  readonly #key: KeyObject;
  readonly #epk: EcPublicJwk;
  #luks = '';
  #ticket = '';

  private constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    this.#epk = publicJwk(publicKey);
  }

  static async enrol(handler: Handler): Promise<Instance> {
    const instance = new Instance();
    await instance.boot(handler);
    const header = random();
    const boot = randomUUID();
    const ready = {
      v: 1,
      volume: 'root',
      luks: instance.#luks,
      ticket: instance.#ticket,
      header,
      nonce: random(),
      boot,
    };
    await call(handler, KEYSERVER_OPERATIONS.ready, ready);
    return instance;
  }

  /** @returns the handler's CPU time in milliseconds. */
  async boot(handler: Handler): Promise<number> {
    const known = this.#luks === '' ? {} : { luks: this.#luks, ticket: this.#ticket };
    const request = { v: 1, volume: 'root', ...known, nonce: random(), epk: this.#epk, boot: randomUUID() };
    const { body, cpu } = await call(handler, KEYSERVER_OPERATIONS.release, request);
    const [, jwe = ''] = (JSON.parse(body) as ReleaseResponse).envelope.split('.');
    const plaintext = decryptJwe(Buffer.from(jwe, 'base64url').toString('ascii'), this.#key);
    if (plaintext === undefined) throw new Error('the keyserver answered with what its client cannot open');
    const { luks, ticket } = JSON.parse(plaintext.toString('utf8')) as ReleaseEnvelope;
    this.#luks = luks;
    this.#ticket = ticket;
    return cpu;
  }
}

const random = (): string => randomBytes(32).toString('base64url');
