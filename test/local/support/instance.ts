import { createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { EC2Client, RunInstancesCommand, type TagSpecification } from '@aws-sdk/client-ec2';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { LocalCloud } from '../../../local/cloud.ts';
import type { HttpResponse } from '../../../local/engine/contracts/http.ts';
import type { Credentials } from '../../../local/engine/contracts/identity.ts';
import type { Resource } from '../../../local/engine/contracts/resources.ts';
import type { InstanceSource } from '../../../local/engine/contracts/services.ts';
import { encodeBase64url } from '../../../protocol/base64url.ts';
import { publicJwk, type EcPublicJwk } from '../../../protocol/jose/jwk.ts';
import { names, TAGS } from '../../../protocol/names.ts';
import type { ReleaseEnvelope } from '../../../protocol/release.ts';
import { KEYSERVER_OPERATIONS } from '../../../protocol/operations/keyserver.ts';
import { openRelease } from '../../support/reference-client.ts';
import { emptyImage } from './machines.ts';
import { signed } from './signed-request.ts';

export const STAGE = 'dev';

export const random = (length: number): string => encodeBase64url(randomBytes(length));
export const parsed = ({ body }: HttpResponse) => JSON.parse(body.toString('utf8'));

/** The resource of a type that a test means. */
export const one = (
  cloud: LocalCloud,
  type: string,
  test: (id: string, properties: Readonly<Record<string, unknown>>) => boolean,
): Resource =>
  cloud.resources.ofType(type).find(({ physicalId, properties }) => test(physicalId, properties))!;

/** `private` for instances, `regional` for people. @returns the API's id. */
export const apiId = (cloud: LocalCloud, type: 'PRIVATE' | 'REGIONAL'): string =>
  one(cloud, 'AWS::ApiGateway::RestApi', (_id, { EndpointConfiguration }) =>
    JSON.stringify(EndpointConfiguration).includes(type),
  ).physicalId;

/** Parameters that the operator role has to launch with. */
async function launchTags(sdk: ConstructorParameters<typeof STSClient>[0]): Promise<TagSpecification[]> {
  const { UserId } = await new STSClient(sdk ?? {}).send(new GetCallerIdentityCommand({}));
  const Tags = [
    { Key: TAGS.stage, Value: STAGE },
    { Key: TAGS.launchedBy, Value: UserId },
  ];
  return [
    { ResourceType: 'instance', Tags },
    { ResourceType: 'volume', Tags },
  ];
}

interface From {
  readonly source?: Partial<InstanceSource>;
  readonly role?: string;
}

/** An instance whose machine does nothing: the test speaks for it. */
export class Instance {
  readonly source: InstanceSource;
  readonly host: string;
  readonly trust: EcPublicJwk[];
  private cloud: LocalCloud;
  private readonly role: string;
  private readonly boot = randomUUID();
  private readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  private constructor(
    cloud: LocalCloud,
    facts: { source: InstanceSource; host: string; trust: EcPublicJwk[]; role: string },
  ) {
    this.cloud = cloud;
    this.source = facts.source;
    this.host = facts.host;
    this.trust = facts.trust;
    this.role = facts.role;
  }

  /**
   * Launches one of an empty image.
   *
   * @param launcher a session of the operator role; the default is an administrator who does not say who launches.
   */
  static async launch(cloud: LocalCloud, launcher?: Credentials): Promise<Instance> {
    const { endpoint, region } = cloud;
    const sdk = { endpoint, region, credentials: cloud.identities.operator() };
    const launching = launcher === undefined ? sdk : { ...sdk, credentials: launcher };
    const TagSpecifications = launcher === undefined ? [] : await launchTags(launching);
    cloud.setParameter(names(STAGE).amiParameter, emptyImage(cloud, names(STAGE).imageRecipe));
    const { Instances } = await new EC2Client(launching).send(
      new RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateName: names(STAGE).launchTemplate() },
        TagSpecifications,
        MinCount: 1,
        MaxCount: 1,
      }),
    );
    const { InstanceId: instanceId, PrivateIpAddress: privateIp, VpcId: vpcId } = Instances![0]!;
    const vpceId = one(cloud, 'AWS::EC2::VPCEndpoint', (_id, { ServiceName }) =>
      String(ServiceName).endsWith('execute-api'),
    ).physicalId;
    const KeyId = `alias/sealroot-${STAGE}-signing`;
    const { PublicKey } = await new KMSClient(sdk).send(new GetPublicKeyCommand({ KeyId }));
    const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    return new Instance(cloud, {
      source: { instanceId: instanceId!, privateIp: privateIp!, vpcId: vpcId!, vpceId },
      host: `${apiId(cloud, 'PRIVATE')}.execute-api.${region}.amazonaws.com`,
      trust: [publicJwk(key)],
      role: one(cloud, 'AWS::IAM::Role', (id) => id.endsWith('-instance')).physicalId,
    });
  }

  /** Goes on in a cloud that was started again. */
  moveTo(cloud: LocalCloud): void {
    this.cloud = cloud;
  }

  credentials(role = this.role): Credentials {
    return this.cloud.identities.issue(role, this.source.instanceId, {
      context: {
        'aws:Ec2InstanceSourceVpc': this.source.vpcId,
        'aws:Ec2InstanceSourcePrivateIPv4': this.source.privateIp,
      },
    });
  }

  async post(route: 'release' | 'ready', body: object, from: From = {}): Promise<HttpResponse> {
    const path = `/${STAGE}${KEYSERVER_OPERATIONS[route].path}`;
    const request = await signed(this.credentials(from.role), {
      ...{ host: this.host, path, body: JSON.stringify(body) },
    });
    return this.cloud.handleFromInstance(request, { ...this.source, ...from.source });
  }

  /** The body of a request for the root volume's key. */
  ask(more: object = {}, nonce = random(32)) {
    const epk = publicJwk(this.pair.publicKey);
    return { v: 1, volume: 'root', nonce, epk, boot: this.boot, ...more } as const;
  }

  expected(nonce: string, luks?: string) {
    const now = Math.floor(Date.now() / 1000);
    const { instanceId: instance } = this.source;
    return { trust: this.trust, now, nonce, instance, volume: 'root', luks };
  }

  async release(more: { luks?: string; ticket?: string } = {}): Promise<ReleaseEnvelope> {
    const body = this.ask(more);
    const answer = await this.post('release', body);
    if (answer.status !== 200) throw new Error(`${String(answer.status)}: ${answer.body.toString('utf8')}`);
    const verdict = openRelease(parsed(answer), this.expected(body.nonce, more.luks), this.pair.privateKey);
    if (verdict.step !== 'ok') throw new Error(`refused at ${verdict.step}`);
    return verdict.value;
  }

  /** Enrols, and asks without its ticket: a custodian has to decide. @returns the id of the request. */
  async pending(): Promise<string> {
    const enrolled = await this.release();
    await this.ready(enrolled, random(32));
    const answer = await this.post('release', this.ask({ luks: enrolled.luks }));
    if (answer.status !== 202) throw new Error(`${String(answer.status)} and not pending`);
    return (parsed(answer) as { request: string }).request;
  }

  /** Says that the volume is ready, with a digest of its header. */
  async ready({ luks, ticket }: ReleaseEnvelope, header: string) {
    const nonce = random(32);
    const answer = await this.post('ready', {
      ...{ v: 1, volume: 'root', luks, ticket, header, nonce, boot: this.boot },
    });
    return { answer, nonce };
  }
}
