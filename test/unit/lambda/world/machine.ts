import { createHash, generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { decryptJwe } from '../../../../protocol/jose/jwe.ts';
import { importPublicJwk, publicJwk } from '../../../../protocol/jose/jwk.ts';
import { verifyJws } from '../../../../protocol/jose/jws.ts';
import {
  TYP,
  type Delegation,
  type ReadyReceipt,
  type ReleaseEnvelope,
  type ReleaseResponse,
} from '../../../../protocol/release.ts';
import { SIGNING_PUBLIC_KEY } from './memory-kms.ts';
import { ACCOUNT, ENDPOINT, IMAGE, VPC, type From, type KeyserverWorld } from './keyserver-world.ts';

/** Content of the disk: nothing, a half-made volume, or a complete one. */
export interface Disk {
  luks?: string;
  copied?: boolean;
  ticket?: string;
  sealed?: string;
  /** The key that keyslot 0 opens with. */
  key?: string;
  header?: string;
}

export type Release =
  | { readonly status: 200; readonly envelope: ReleaseEnvelope }
  | { readonly status: number; readonly result: APIGatewayProxyResult; readonly id: string };

/** An instance as the initramfs client behaves: what it keeps, checks and presents. */
export class Machine {
  disk: Disk = {};
  readonly id: string;
  readonly address: string;
  readonly #world: KeyserverWorld;
  #key: KeyObject;
  #boot = randomUUID();
  role = 'fleet';

  constructor(world: KeyserverWorld, number: number) {
    this.#world = world;
    this.id = `i-${number.toString(16).padStart(17, '0')}`;
    this.address = `10.0.0.${String(number)}`;
    this.#key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    world.instances.set(this.id, {
      state: 'running',
      vpc: VPC,
      address: this.address,
      image: IMAGE,
      profile: `arn:aws:iam::${ACCOUNT}:instance-profile/fleet`,
      tags: { 'sealroot:stage': 'dev' },
    });
  }

  get from(): From {
    const userArn = `arn:aws:sts::${ACCOUNT}:assumed-role/${this.role}/${this.id}`;
    return { userArn, sourceIp: this.address, vpcId: VPC, vpceId: ENDPOINT };
  }

  /** Power off and on: another ephemeral key, the same disk. */
  restart(): void {
    this.#key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    this.#boot = randomUUID();
  }

  message(over: object = {}): Record<string, unknown> {
    const { luks, sealed, ticket } = this.disk;
    const nonce = randomBytes(32).toString('base64url');
    const boot = this.#boot;
    return { v: 1, volume: 'root', luks, sealed, ticket, nonce, epk: publicJwk(this.#key), boot, ...over };
  }

  async release(over: object = {}, from: From = this.from): Promise<Release> {
    const message = this.message(over);
    const result = await this.#world.instanceApi('POST', '/v1/release', message, from);
    if (result.statusCode !== 200) {
      const { request } = JSON.parse(result.body) as { request: string };
      return { status: result.statusCode, result, id: request };
    }
    const { delegation, envelope } = JSON.parse(result.body) as ReleaseResponse;
    const jwe = this.#verify(delegation, envelope, TYP.release);
    const opened = JSON.parse(String(decryptJwe(jwe.toString(), this.#key))) as ReleaseEnvelope;
    if (opened.nonce !== message['nonce'] || opened.exp <= this.#world.now) throw new Error('not the answer');
    return { status: 200, envelope: opened };
  }

  async ready(over: object = {}): Promise<ReadyReceipt | APIGatewayProxyResult> {
    const { luks, ticket, header } = this.disk;
    const nonce = randomBytes(32).toString('base64url');
    const message = { v: 1, volume: 'root', luks, ticket, header, nonce, boot: this.#boot, ...over };
    const result = await this.#world.instanceApi('POST', '/v1/ready', message, this.from);
    if (result.statusCode !== 200) return result;
    const { delegation, receipt } = JSON.parse(result.body) as { delegation: string; receipt: string };
    return JSON.parse(this.#verify(delegation, receipt, TYP.ready).toString()) as ReadyReceipt;
  }

  /** Follows a verified envelope: formats only if it says so, checks the header and the key. */
  apply(envelope: ReleaseEnvelope): void {
    const key = envelope.keys[0] ?? '';
    if (envelope.state === 'enrolling' && this.disk.copied !== true) {
      const header = createHash('sha256').update(envelope.luks).update(key).digest('base64url');
      this.disk = { luks: envelope.luks, key, header, copied: true };
    }
    if (this.disk.luks !== envelope.luks || this.disk.key !== key) throw new Error('another volume');
    if (envelope.header !== undefined && envelope.header !== this.disk.header)
      throw new Error('another header');
    this.disk = { ...this.disk, ticket: envelope.ticket, sealed: envelope.sealed };
  }

  /** A boot without mishap. @returns the volume's id. */
  async boot(): Promise<string> {
    this.restart();
    const release = await this.release();
    if (!('envelope' in release)) throw new Error(`not released: ${release.result.body}`);
    this.apply(release.envelope);
    if (release.envelope.header === undefined) {
      const receipt = await this.ready();
      if (!('header' in receipt)) throw new Error(`not acknowledged: ${receipt.body}`);
    }
    return release.envelope.luks;
  }

  #verify(delegation: string, jws: string, typ: string): Buffer {
    const payload = verifyJws(delegation, TYP.delegation, SIGNING_PUBLIC_KEY);
    const delegated = JSON.parse(String(payload)) as Delegation;
    if (delegated.exp - delegated.iat > 3600 || delegated.exp <= this.#world.now)
      throw new Error('delegation');
    const content = verifyJws(jws, typ, importPublicJwk(delegated.jwk));
    if (content === undefined) throw new Error('signature');
    return content;
  }
}
