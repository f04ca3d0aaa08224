import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { LocalCloud } from '../../../local/cloud.ts';
import type { HttpResponse } from '../../../local/engine/contracts/http.ts';
import type { InstanceSource } from '../../../local/engine/contracts/services.ts';
import { encryptDirect } from '../../../protocol/jose/direct.ts';
import { publicJwk, type EcPublicJwk } from '../../../protocol/jose/jwk.ts';
import { reportKey } from '../../../protocol/preseed-keys.ts';
import type { MessageResult, Registration } from '../../../protocol/preseed.ts';
import { TYP } from '../../../protocol/release.ts';
import type { Report } from '../../../protocol/report.ts';
import { PRESEED_OPERATIONS } from '../../../protocol/operations/preseed.ts';
import { openMessage, openRegistration } from '../../support/reference-preseed-client.ts';
import { apiId, one, parsed, random, STAGE } from './instance.ts';
import { signed } from './signed-request.ts';

type Opened = ReturnType<typeof openMessage>;

/** An instance that was launched already, whose machine does nothing: the test speaks for its agent. */
export class PreseedInstance {
  readonly id: string;
  private readonly cloud: LocalCloud;
  private readonly server: string;
  private readonly source: InstanceSource;
  private readonly boot = randomUUID();
  private pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private registration: Registration | undefined;

  constructor(cloud: LocalCloud, id: string, server: string) {
    this.cloud = cloud;
    this.id = id;
    this.server = server;
    const { privateIp, vpcId } = cloud.ec2.vm(id).record;
    const vpceId = one(cloud, 'AWS::EC2::VPCEndpoint', (_id, { ServiceName }) =>
      String(ServiceName).endsWith('execute-api'),
    ).physicalId;
    this.source = { instanceId: id, privateIp, vpcId, vpceId };
  }

  /** Every request of an agent, signed with what its metadata service gives it. */
  async post(route: keyof typeof PRESEED_OPERATIONS, body: object): Promise<HttpResponse> {
    const { cloud, source } = this;
    const host = `${apiId(cloud, 'PRIVATE')}.execute-api.${cloud.region}.amazonaws.com`;
    const path = `/${STAGE}${PRESEED_OPERATIONS[route].path}`;
    const role = one(cloud, 'AWS::IAM::Role', (name) => name.endsWith('-instance')).physicalId;
    const credentials = cloud.identities.issue(role, source.instanceId, {
      context: {
        'aws:Ec2InstanceSourceVpc': source.vpcId,
        'aws:Ec2InstanceSourcePrivateIPv4': source.privateIp,
      },
    });
    const request = await signed(credentials, { host, path, body: JSON.stringify(body) });
    return cloud.handleFromInstance(request, source);
  }

  /** @returns the status alone when it is not 200. */
  async register(): Promise<Registration | number> {
    const nonce = random(32);
    const epk = publicJwk(this.pair.publicKey);
    const answer = await this.post('register', { v: 1, server: this.server, nonce, epk, boot: this.boot });
    if (answer.status !== 200) return answer.status;
    const now = Math.floor(Date.now() / 1000);
    const expected = { trust: [await trust(this.cloud)], now, nonce, instance: this.id, server: this.server };
    const verdict = openRegistration(parsed(answer), expected, this.pair.privateKey);
    if (verdict.step !== 'ok') throw new Error(`refused at ${verdict.step}`);
    this.registration = verdict.value;
    return verdict.value;
  }

  /** Loses its memory: another key, so another registration. */
  forgetKey(): void {
    this.pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  }

  /** Opens the messages above `after`, by their numbers. @returns the status alone when it is not 200. */
  async receive(after = 0): Promise<Map<number, Opened> | number> {
    const answer = await this.post('receive', { ...this.own(), after });
    if (answer.status !== 200) return answer.status;
    const { messages } = parsed(answer) as { messages: string[] };
    const opened = new Map<number, Opened>();
    let last = after;
    for (const jwe of messages) {
      const { seq } = JSON.parse(Buffer.from(jwe.split('.')[0]!, 'base64url').toString()) as { seq: number };
      opened.set(seq, openMessage(jwe, { ...this.mailbox(), after: last }));
      last = seq;
    }
    return opened;
  }

  async ack(results: readonly MessageResult[]): Promise<HttpResponse> {
    return this.post('ack', { ...this.own(), results });
  }

  async report(report: Report): Promise<number> {
    const { server, secret } = this.mailbox();
    const header = { alg: 'dir', enc: 'A256GCM', typ: TYP.report } as const;
    const sealed = encryptDirect(Buffer.from(JSON.stringify(report)), reportKey(secret, server), header);
    return (await this.post('report', { ...this.own(), report: sealed })).status;
  }

  private own() {
    return { v: 1, server: this.server, subkey: this.registration?.subkey ?? random(32) };
  }

  private mailbox() {
    const secret = Buffer.from(this.registration?.secret ?? '', 'base64url');
    return { server: this.server, secret, now: Math.floor(Date.now() / 1000) };
  }
}

/** The key that images pin. */
async function trust(cloud: LocalCloud): Promise<EcPublicJwk> {
  const { endpoint, region } = cloud;
  const kms = new KMSClient({ endpoint, region, credentials: cloud.identities.operator() });
  const KeyId = `alias/sealroot-${STAGE}-preseed-signing`;
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  return publicJwk(createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' }));
}
