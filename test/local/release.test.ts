import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../local/cloud.ts';
import type { InstanceSource } from '../../local/engine/contracts/services.ts';
import type { ReleaseEnvelope } from '../../protocol/release.ts';
import { OPERATOR_API } from '../../protocol/operations/apis.ts';
import { KEYSERVER_OPERATIONS } from '../../protocol/operations/keyserver.ts';
import type { Route } from '../../protocol/operations/operation.ts';
import { openReceipt } from '../support/reference-client.ts';
import { Instance, one, parsed, random, STAGE } from './support/instance.ts';
import { idleMachines } from './support/machines.ts';
import { operate, sessionAs } from './support/operator-api.ts';
import { signed } from './support/signed-request.ts';
import { synthesized } from './support/synthesized.ts';

const MINUTE = 60_000;

let assembly: string;
let state: string;
let cloud: LocalCloud;
let instance: Instance;

const start = () => LocalCloud.start({ assembly, state, port: 0, ec2: idleMachines });

interface From {
  readonly source?: Partial<InstanceSource>;
}

beforeAll(async () => {
  assembly = synthesized();
  state = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
  cloud = await start();
  instance = await Instance.launch(cloud);
}, 2 * MINUTE);
afterAll(() => cloud.stop(), MINUTE);

describe('an instance of the synthesized stacks', () => {
  let enrolled: ReleaseEnvelope;
  let unlocked: ReleaseEnvelope;
  const header = random(32);

  it('is running, says the EC2 API', async () => {
    const sdk = {
      endpoint: cloud.endpoint,
      region: cloud.region,
      credentials: cloud.identities.operator(),
    };
    const { Reservations } = await new EC2Client(sdk).send(
      new DescribeInstancesCommand({ InstanceIds: [instance.source.instanceId] }),
    );
    expect(['pending', 'running']).toContain(Reservations![0]!.Instances![0]!.State?.Name);
  });

  it(
    'enrols, and gets the same volume and key again until it says that it is ready',
    async () => {
      enrolled = await instance.release();
      expect(enrolled).toMatchObject({ state: 'enrolling', instance: instance.source.instanceId });
      expect(enrolled.recovery?.passphrase).toMatch(/^[0-9a-z]{32}$/);
      const again = await instance.release();
      expect([again.luks, again.keys]).toEqual([enrolled.luks, enrolled.keys]);
    },
    MINUTE,
  );

  it(
    'gets a signed receipt for ready',
    async () => {
      const { answer, nonce } = await instance.ready(enrolled, header);
      expect(answer.status).toBe(200);
      const expected = { ...instance.expected(nonce, enrolled.luks), header };
      const receipt = openReceipt(parsed(answer), expected);
      expect(receipt.step).toBe('ok');
    },
    MINUTE,
  );

  it(
    'unlocks with the key that it enrolled with',
    async () => {
      unlocked = await instance.release({ luks: enrolled.luks, ticket: enrolled.ticket });
      expect(unlocked).toMatchObject({ state: 'active', keys: enrolled.keys, header });
      expect(unlocked.recovery).toBeUndefined();
    },
    MINUTE,
  );

  it(
    'waits without its ticket',
    async () => {
      const answer = await instance.post('release', instance.ask({ luks: enrolled.luks }));
      expect([answer.status, parsed(answer).code]).toEqual([202, 'pending']);
    },
    MINUTE,
  );

  it(
    'gets nothing when it asks for what is not the protocol',
    async () => {
      const answer = await instance.post('release', { ...instance.ask(), epk: 'x' });
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
        (await instance.post('release', instance.ask({ luks: enrolled.luks, ticket: unlocked.ticket }), from))
          .status,
      ).toBe(403);
    },
    MINUTE,
  );

  it(
    'is refused as another role and with another signature',
    async () => {
      const other = one(cloud, 'AWS::IAM::Role', (id) => id.endsWith('-operator')).physicalId;
      expect((await instance.post('release', instance.ask(), { role: other })).status).toBe(403);
      const wrong = { ...instance.credentials(), secretAccessKey: 'wrong' };
      const request = await signed(wrong, {
        host: instance.host,
        path: `/${STAGE}${KEYSERVER_OPERATIONS.release.path}`,
        body: '{}',
      });
      const answer = await cloud.handleFromInstance(request, instance.source);
      expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([403, 'InvalidSignatureException']);
    },
    MINUTE,
  );

  it(
    'is refused while its volume is revoked over the operator API',
    async () => {
      const custodian = sessionAs(cloud, 'custodian');
      const decide = (route: Route, text = '') => operate(cloud, custodian, route, enrolled.luks, text);
      const request = () =>
        instance.post('release', instance.ask({ luks: enrolled.luks, ticket: unlocked.ticket }));
      expect((await decide(OPERATOR_API.revokeVolume, '{"reason":"test"}')).status).toBe(200);
      const refused = await request();
      expect([refused.status, parsed(refused).code]).toEqual([403, 'refused']);
      expect(parsed(await decide(OPERATOR_API.showVolume))).toMatchObject({
        state: 'revoked',
        reason: 'test',
      });
      expect((await decide(OPERATOR_API.restoreVolume, '{}')).status).toBe(200);
      expect((await request()).status).toBe(200);
    },
    MINUTE,
  );

  it(
    'unlocks with the same key after the cloud was restarted',
    async () => {
      await cloud.stop('leave');
      cloud = await start();
      instance.moveTo(cloud);
      const again = await instance.release({ luks: enrolled.luks, ticket: unlocked.ticket });
      expect(again).toMatchObject({ state: 'active', keys: enrolled.keys, header });
    },
    MINUTE,
  );
});
