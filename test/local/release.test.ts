import { generateKeyPairSync, randomBytes, randomUUID, createPublicKey } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EC2Client, RunInstancesCommand, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../local/cloud.ts';
import type { GatewayResponse, InstanceSource } from '../../local/contracts.ts';
import { encodeBase64url } from '../../protocol/base64url.ts';
import { publicJwk, type EcPublicJwk } from '../../protocol/jose/jwk.ts';
import { names } from '../../protocol/names.ts';
import type { ReleaseEnvelope } from '../../protocol/release.ts';
import { INSTANCE_ROUTES, OPERATOR_ROUTES, type Route } from '../../protocol/routes.ts';
import { openReceipt, openRelease } from '../support/reference-client.ts';
import { emptyImage, idleMachines } from './support/machines.ts';
import { sendTo, signed } from './support/signed-request.ts';
import { synthesized } from './support/synthesized.ts';

const MINUTE = 60_000;
const STAGE = 'dev';
const boot = randomUUID();
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const random = (length: number) => encodeBase64url(randomBytes(length));

let assembly: string;
let state: string;
let cloud: LocalCloud;
let role: string;
let source: InstanceSource;
let host: string;
let trust: EcPublicJwk[];

const start = () => LocalCloud.start({ assembly, state, port: 0, ec2: idleMachines });
const sdk = () => ({
  endpoint: cloud.endpoint,
  region: cloud.region,
  credentials: cloud.identities.operator(),
});
const one = (type: string, test: (id: string, properties: Readonly<Record<string, unknown>>) => boolean) =>
  cloud.resources.ofType(type).find(({ physicalId, properties }) => test(physicalId, properties))!;
const credentials = (name = role) =>
  cloud.identities.issue(name, source.instanceId, {
    context: {
      'aws:Ec2InstanceSourceVpc': source.vpcId,
      'aws:Ec2InstanceSourcePrivateIPv4': source.privateIp,
    },
  });
const parsed = ({ body }: GatewayResponse) => JSON.parse(body.toString('utf8'));

interface From {
  readonly source?: Partial<InstanceSource>;
  readonly role?: string;
}

async function post(route: 'release' | 'ready', body: object, from: From = {}): Promise<GatewayResponse> {
  const target = `/${STAGE}${INSTANCE_ROUTES[route].path}`;
  const request = await signed(credentials(from.role), { host, path: target, body: JSON.stringify(body) });
  return cloud.handleFromInstance(request, { ...source, ...from.source });
}

const ask = (more: object = {}, nonce = random(32)) =>
  ({ v: 1, volume: 'root', nonce, epk: publicJwk(pair.publicKey), boot, ...more }) as const;
const expected = (nonce: string, luks?: string) => ({
  trust,
  now: Math.floor(Date.now() / 1000),
  nonce,
  instance: source.instanceId,
  volume: 'root',
  luks,
});

async function release(more: { luks?: string; ticket?: string } = {}): Promise<ReleaseEnvelope> {
  const body = ask(more);
  const answer = await post('release', body);
  expect([answer.status, answer.status === 200 ? '' : answer.body.toString('utf8')]).toEqual([200, '']);
  const verdict = openRelease(parsed(answer), expected(body.nonce, more.luks), pair.privateKey);
  if (verdict.step !== 'ok') throw new Error(`refused at ${verdict.step}`);
  return verdict.value;
}

beforeAll(async () => {
  assembly = synthesized();
  state = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
  cloud = await start();
  cloud.setParameter(names(STAGE).amiParameter, emptyImage(cloud, names(STAGE).imageRecipe));
  const ec2 = new EC2Client(sdk());
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      LaunchTemplate: { LaunchTemplateName: names(STAGE).launchTemplate },
      MinCount: 1,
      MaxCount: 1,
    }),
  );
  const { InstanceId: instanceId, PrivateIpAddress: privateIp, VpcId: vpcId } = Instances![0]!;
  const vpceId = one('AWS::EC2::VPCEndpoint', (_id, { ServiceName }) =>
    String(ServiceName).endsWith('execute-api'),
  ).physicalId;
  source = { instanceId: instanceId!, privateIp: privateIp!, vpcId: vpcId!, vpceId };
  role = one('AWS::IAM::Role', (id) => id.endsWith('-instance')).physicalId;
  const api = one('AWS::ApiGateway::RestApi', (_id, { EndpointConfiguration }) =>
    JSON.stringify(EndpointConfiguration).includes('PRIVATE'),
  ).physicalId;
  host = `${api}-${vpceId}.execute-api.${cloud.region}.amazonaws.com`;
  const KeyId = one('AWS::KMS::Alias', (id) => id === `alias/sealroot-${STAGE}-signing`).physicalId;
  const { PublicKey } = await new KMSClient(sdk()).send(new GetPublicKeyCommand({ KeyId }));
  trust = [publicJwk(createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' }))];
}, 2 * MINUTE);
afterAll(() => cloud.stop(), MINUTE);

describe('an instance of the synthesized stacks', () => {
  let enrolled: ReleaseEnvelope;
  let unlocked: ReleaseEnvelope;
  const header = random(32);

  it('is running, says the EC2 API', async () => {
    const { Reservations } = await new EC2Client(sdk()).send(
      new DescribeInstancesCommand({ InstanceIds: [source.instanceId] }),
    );
    expect(['pending', 'running']).toContain(Reservations![0]!.Instances![0]!.State?.Name);
  });

  it(
    'enrols, and gets the same volume and key again until it says that it is ready',
    async () => {
      enrolled = await release();
      expect(enrolled).toMatchObject({ state: 'enrolling', instance: source.instanceId });
      expect(enrolled.recovery?.passphrase).toMatch(/^[0-9a-z]{32}$/);
      const again = await release();
      expect([again.luks, again.keys]).toEqual([enrolled.luks, enrolled.keys]);
    },
    MINUTE,
  );

  it(
    'gets a signed receipt for ready',
    async () => {
      const nonce = random(32);
      const { luks, ticket } = enrolled;
      const answer = await post('ready', { v: 1, volume: 'root', luks, ticket, header, nonce, boot });
      expect(answer.status).toBe(200);
      const receipt = openReceipt(parsed(answer), { ...expected(nonce, luks), header });
      expect(receipt.step).toBe('ok');
    },
    MINUTE,
  );

  it(
    'unlocks with the key that it enrolled with',
    async () => {
      unlocked = await release({ luks: enrolled.luks, ticket: enrolled.ticket });
      expect(unlocked).toMatchObject({ state: 'active', keys: enrolled.keys, header });
      expect(unlocked.recovery).toBeUndefined();
    },
    MINUTE,
  );

  it(
    'waits without its ticket',
    async () => {
      const answer = await post('release', ask({ luks: enrolled.luks }));
      expect([answer.status, parsed(answer).code]).toEqual([202, 'pending']);
    },
    MINUTE,
  );

  it(
    'gets nothing when it asks for what is not the protocol',
    async () => {
      const answer = await post('release', { ...ask(), epk: 'x' });
      expect([answer.status, parsed(answer)]).toEqual([400, expect.objectContaining({ field: 'epk' })]);
    },
    MINUTE,
  );

  it.each<[string, From]>([
    ['from another endpoint', { source: { vpceId: 'vpce-00000000000000000' } }],
    ['from another VPC', { source: { vpcId: 'vpc-00000000000000000' } }],
    ['from another address', { source: { privateIp: '169.254.99.99' } }],
  ])(
    'is refused %s',
    async (_name, from) => {
      expect(
        (await post('release', ask({ luks: enrolled.luks, ticket: unlocked.ticket }), from)).status,
      ).toBe(403);
    },
    MINUTE,
  );

  it(
    'is refused as another role and with another signature',
    async () => {
      const other = one('AWS::IAM::Role', (id) => id.endsWith('-operator')).physicalId;
      expect((await post('release', ask(), { role: other })).status).toBe(403);
      const wrong = { ...credentials(), secretAccessKey: 'wrong' };
      const request = await signed(wrong, {
        host,
        path: `/${STAGE}${INSTANCE_ROUTES.release.path}`,
        body: '{}',
      });
      const answer = await cloud.handleFromInstance(request, source);
      expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([403, 'InvalidSignatureException']);
    },
    MINUTE,
  );

  it(
    'is refused while its volume is revoked over the operator API',
    async () => {
      const id = one('AWS::ApiGateway::RestApi', (_id, { EndpointConfiguration }) =>
        JSON.stringify(EndpointConfiguration).includes('REGIONAL'),
      ).physicalId;
      const operate = async (route: Route, body = '') => {
        const target = `/${STAGE}${route.path.replace('{luks}', enrolled.luks)}`;
        const regional = `${id}.execute-api.${cloud.region}.amazonaws.com`;
        const asked = { host: regional, method: route.method, path: target, body };
        return sendTo(cloud.endpoint, await signed(cloud.identities.operator(), asked));
      };
      const request = () => post('release', ask({ luks: enrolled.luks, ticket: unlocked.ticket }));
      expect((await operate(OPERATOR_ROUTES.revokeVolume, '{"reason":"test"}')).status).toBe(200);
      const refused = await request();
      expect([refused.status, parsed(refused).code]).toEqual([403, 'refused']);
      expect(parsed(await operate(OPERATOR_ROUTES.showVolume))).toMatchObject({
        state: 'revoked',
        reason: 'test',
      });
      expect((await operate(OPERATOR_ROUTES.restoreVolume, '{}')).status).toBe(200);
      expect((await request()).status).toBe(200);
    },
    MINUTE,
  );

  it(
    'unlocks with the same key after the cloud was restarted',
    async () => {
      await cloud.stop('leave');
      cloud = await start();
      const again = await release({ luks: enrolled.luks, ticket: unlocked.ticket });
      expect(again).toMatchObject({ state: 'active', keys: enrolled.keys, header });
    },
    MINUTE,
  );
});
