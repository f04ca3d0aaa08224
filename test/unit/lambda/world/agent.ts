import { generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { encryptDirect } from '../../../../protocol/jose/direct.ts';
import { publicJwk } from '../../../../protocol/jose/jwk.ts';
import { reportKey } from '../../../../protocol/preseed-keys.ts';
import type { Message } from '../../../../protocol/message.ts';
import type { MessageResult, ReceiveResponse } from '../../../../protocol/preseed.ts';
import { TYP } from '../../../../protocol/release.ts';
import type { Report } from '../../../../protocol/report.ts';
import { openMessage, openRegistration } from '../../../support/reference-preseed-client.ts';
import { SIGNING_PUBLIC_KEY } from './memory-kms.ts';
import { json, SERVER, type PreseedWorld } from './preseed-world.ts';
import { ACCOUNT, ENDPOINT, IMAGE, VPC, type From } from './keyserver-world.ts';

/** State that is gone with the power. */
interface Memory {
  subkey?: string;
  secret?: Buffer;
  taken: { seq: number; message: Message }[];
}

/** An instance as the agent on it behaves: what it keeps, checks and presents. */
export class Agent {
  readonly id: string;
  readonly address: string;
  /** On the encrypted disk: survives a restart. */
  readonly key: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  readonly applied: { seq: number; message: Message }[] = [];
  /** On the disk too, from before it says that it has finished. */
  isFinishing = false;
  isDone = false;
  memory: Memory = { taken: [] };
  readonly #world: PreseedWorld;
  readonly #server: string;

  constructor(world: PreseedWorld, number: number, server = SERVER) {
    this.#world = world;
    this.#server = server;
    this.id = `i-${number.toString(16).padStart(17, '0')}`;
    this.address = `10.0.0.${String(number)}`;
    world.instances.set(this.id, {
      state: 'running',
      vpc: VPC,
      address: this.address,
      image: IMAGE,
      profile: `arn:aws:iam::${ACCOUNT}:instance-profile/fleet`,
      tags: { 'sealroot:stage': 'dev', 'sealroot:server': server },
    });
  }

  get from(): From {
    const userArn = `arn:aws:sts::${ACCOUNT}:assumed-role/fleet/${this.id}`;
    return { userArn, sourceIp: this.address, vpcId: VPC, vpceId: ENDPOINT };
  }

  restart(): void {
    this.memory = { taken: [] };
  }

  registerRequest(over: object = {}): Record<string, unknown> {
    const nonce = randomBytes(32).toString('base64url');
    const epk = publicJwk(this.key);
    return { v: 1, server: this.#server, nonce, epk, boot: randomUUID(), ...over };
  }

  /** Registers, and checks the answer as the agent does. */
  async register(over: object = {}): Promise<APIGatewayProxyResult> {
    const request = this.registerRequest(over);
    const result = await this.#world.instance('register', request, this.from);
    if (result.statusCode !== 200) return result;
    const expected = {
      trust: [publicJwk(SIGNING_PUBLIC_KEY)],
      now: this.#world.now,
      nonce: String(request['nonce']),
      instance: this.id,
      server: this.#server,
    };
    const response = json(result) as unknown as { delegation: string; envelope: string };
    const verdict = openRegistration(response, expected, this.key);
    if (verdict.step !== 'ok') throw new Error(`not the answer: ${verdict.step}`);
    const { subkey, secret } = verdict.value;
    this.memory = { ...this.memory, subkey, secret: Buffer.from(secret, 'base64url') };
    return result;
  }

  #credentials(): object {
    const subkey = this.memory.subkey ?? Buffer.alloc(32).toString('base64url');
    return { v: 1, server: this.#server, subkey };
  }

  /** One call; what opens is kept, and what does not is a mistake of the test. */
  async receive(over: object = {}): Promise<APIGatewayProxyResult> {
    const { taken, secret } = this.memory;
    const after = taken.at(-1)?.seq ?? 0;
    const result = await this.#world.instance(
      'receive',
      { ...this.#credentials(), after, ...over },
      this.from,
    );
    if (result.statusCode !== 200 || secret === undefined) return result;
    for (const jwe of (json(result) as unknown as ReceiveResponse).messages) {
      const { seq } = JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString()) as {
        seq: number;
      };
      const held = { server: this.#server, secret, now: this.#world.now, after: taken.at(-1)?.seq ?? 0 };
      const opened = openMessage(jwe, held);
      if (opened.step === 'ok') taken.push({ seq, message: opened.value });
      else if (!('after' in over)) throw new Error(`message ${String(seq)}: ${opened.step}`);
    }
    return result;
  }

  ack(...results: MessageResult[]): Promise<APIGatewayProxyResult> {
    return this.#world.instance('ack', { ...this.#credentials(), results }, this.from);
  }

  reportRequest(status: Report['status'], over: Partial<Report> = {}): object {
    const report: Report = {
      status,
      hooks: [{ stage: 'firstboot', name: '20-root-password', status: 0 }],
      hostKeys: [{ type: 'ssh-ed25519', fingerprint: `SHA256:${'a'.repeat(43)}` }],
      ...over,
    };
    const key = reportKey(this.memory.secret ?? Buffer.alloc(32), this.#server);
    const header = { alg: 'dir', enc: 'A256GCM', typ: TYP.report } as const;
    return {
      ...this.#credentials(),
      report: encryptDirect(Buffer.from(JSON.stringify(report)), key, header),
    };
  }

  report(status: Report['status'], over: Partial<Report> = {}): Promise<APIGatewayProxyResult> {
    return this.#world.instance('report', this.reportRequest(status, over), this.from);
  }

  /**
   * One run of the agent. Throws at the first answer that is not 200.
   *
   * @param cut power fails after that many answers.
   */
  async run(cut = Infinity): Promise<void> {
    let answers = 0;
    const need = async (ask: () => Promise<APIGatewayProxyResult>): Promise<Record<string, unknown>> => {
      const result = await ask();
      answers += 1;
      if (answers >= cut) {
        this.restart();
        throw new Error('power failed');
      }
      if (result.statusCode !== 200) throw new Error(`${String(result.statusCode)} ${result.body}`);
      return json(result);
    };
    if (this.isDone) return;
    if (this.memory.secret === undefined) {
      const isOver = this.isFinishing && (await this.register()).statusCode === 403;
      if (isOver) this.isDone = true;
      if (isOver) return;
      await need(() => this.register());
    }
    // An agent asks again for what it has no answer to, and not for what was before that.
    if (!this.isFinishing) await this.#configure(need);
    this.isFinishing = true;
    await need(() => this.report('finished'));
    this.isDone = true;
  }

  async #configure(need: (ask: () => Promise<APIGatewayProxyResult>) => Promise<Record<string, unknown>>) {
    while ((await need(() => this.receive()))['more'] === true);
    await need(() => this.report('configuring'));
    for (const each of this.memory.taken) {
      if (!this.applied.some(({ seq }) => seq === each.seq)) this.applied.push(each);
    }
    const results = this.applied.map(({ seq }) => ({ seq, result: 'applied' as const }));
    if (results.length > 0) await need(() => this.ack(...results));
  }
}
