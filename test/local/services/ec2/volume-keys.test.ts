import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  type EC2Client,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeyUse, VolumeKeyCall } from '../../../../local/engine/contracts/services.ts';
import { Ec2Service } from '../../../../local/services/ec2/service.ts';
import {
  context,
  EBS_KEY,
  FakeLauncher,
  IMAGE,
  OPERATOR,
  sdkClient,
  stateDirectory,
  writeImage,
} from './fakes.ts';

const OWN = 'arn:aws:kms:us-east-1:000000000000:key/00000000-1111-4222-8333-444444444444';
const SNAPSHOT = 'arn:aws:kms:us-east-1:000000000000:key/55555555-6666-4777-8888-999999999999';

let state: string;
let launcher: FakeLauncher;
let ec2: Ec2Service;
let client: EC2Client;
let asked: VolumeKeyCall[];
let answer: (call: VolumeKeyCall) => KeyUse;

beforeEach(() => {
  state = stateDirectory();
  launcher = new FakeLauncher();
  asked = [];
  answer = () => 'allowed';
  const volumeKeys = {
    defaultKeyArn: EBS_KEY,
    arnOf: (reference: string) => (reference === 'alias/own' ? OWN : undefined),
    use: (principal: unknown, call: VolumeKeyCall) => {
      expect(principal).toBe(OPERATOR);
      asked.push(call);
      return answer(call);
    },
  };
  ec2 = new Ec2Service(context(state, { volumeKeys }), { launcher });
  client = sdkClient(ec2);
});
afterEach(async () => {
  for (const { id } of ec2.instances()) await ec2.vm(id).powerOff({ force: true });
  await ec2.stopAll();
  rmSync(state, { recursive: true });
});

async function run(input: Partial<RunInstancesCommandInput> = {}) {
  const { Instances } = await client.send(
    new RunInstancesCommand({
      LaunchTemplate: { LaunchTemplateName: 'sealroot-dev' },
      MinCount: 1,
      MaxCount: 1,
      ...input,
    }),
  );
  return Instances![0]!;
}

async function until(id: string, wanted: string): Promise<void> {
  while (ec2.vm(id).record.state !== wanted) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function described(id: string) {
  const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations![0]!.Instances![0]!;
}

const operations = (): string[] => asked.map(({ operation, key }) => `${operation} ${key}`);
const disk = (more: object) => ({
  BlockDeviceMappings: [
    { DeviceName: '/dev/sda1', Ebs: { Encrypted: true, VolumeSize: 8, ...more } },
    { DeviceName: '/dev/sdf', NoDevice: '' },
  ],
});

describe('when an instance is launched', () => {
  it('is asked of KMS, for each encrypted volume and by its id, what EC2 needs', async () => {
    const { InstanceId: id = '' } = await run();
    const { Volumes = [] } = await client.send(new DescribeVolumesCommand({}));
    expect(Volumes.map(({ KmsKeyId }) => KmsKeyId)).toEqual([EBS_KEY, EBS_KEY]);
    const each = ['DescribeKey', 'GenerateDataKeyWithoutPlaintext', 'CreateGrant', 'Decrypt'];
    expect(asked).toEqual(
      Volumes.flatMap(({ VolumeId }) =>
        each.map((operation) => ({ operation, key: EBS_KEY, volumeId: VolumeId, instanceId: id })),
      ),
    );
  });

  it('re-encrypts when the snapshot is under another key, and else keeps its key', async () => {
    rmSync(join(state, 'images', IMAGE), { recursive: true });
    const blockDevices = [{ device: '/dev/sda1', encrypted: true, kmsKeyId: SNAPSHOT }];
    writeImage(join(state, 'images', IMAGE), { id: IMAGE, blockDevices });
    await run(disk({ KmsKeyId: 'alias/own' }));
    expect(operations()).toEqual([
      `DescribeKey ${OWN}`,
      `GenerateDataKeyWithoutPlaintext ${OWN}`,
      `ReEncryptFrom ${SNAPSHOT}`,
      `ReEncryptTo ${OWN}`,
      `CreateGrant ${OWN}`,
      `Decrypt ${OWN}`,
    ]);
    asked = [];
    await run(disk({ Encrypted: false }));
    expect(operations()).toContain(`CreateGrant ${SNAPSHOT}`);
    expect(operations().filter((one) => !one.endsWith(SNAPSHOT))).toEqual([]);
  });

  it('asks nothing for what is not encrypted', async () => {
    rmSync(join(state, 'images', IMAGE), { recursive: true });
    writeImage(join(state, 'images', IMAGE), {
      id: IMAGE,
      blockDevices: [{ device: '/dev/sda1', encrypted: false }],
    });
    await run(disk({ Encrypted: false }));
    expect(asked).toEqual([]);
  });

  it.each(['DescribeKey', 'GenerateDataKeyWithoutPlaintext', 'CreateGrant', 'Decrypt'])(
    'is accepted, and terminated, when the caller may not %s',
    async (refused) => {
      answer = ({ operation }) => (operation === refused ? 'denied' : 'allowed');
      const { InstanceId: id = '', State } = await run();
      expect(State?.Name).toBe('pending');
      await until(id, 'terminated');
      expect(await described(id)).toMatchObject({
        State: { Code: 48, Name: 'terminated' },
        StateReason: {
          Code: 'Client.InternalError',
          Message: 'Client.InternalError: Client error on launch',
        },
        StateTransitionReason: 'Client.InternalError',
      });
      expect(launcher.launched).toEqual([]);
    },
  );

  it('is terminated for a key that cannot be used', async () => {
    answer = () => 'unusable';
    const { InstanceId: id = '' } = await run(disk({ KmsKeyId: 'alias/none' }));
    await until(id, 'terminated');
    expect((await described(id)).StateReason?.Code).toBe('Client.InvalidKMSKey.InvalidState');
  });

  it.each([
    [{ Encrypted: undefined, KmsKeyId: OWN }, 'InvalidParameterDependency'],
    [{ SnapshotId: 'snap-0123456789abcdef0' }, 'UnsupportedOperation'],
  ])('is refused with %j', async (ebs, name) => {
    await expect(run(disk(ebs))).rejects.toEqual(expect.objectContaining({ name }));
    expect(ec2.instances()).toEqual([]);
  });
});

describe('when an instance is started again', () => {
  it('is asked anew, and stays stopped when the caller may no longer', async () => {
    const { InstanceId: id = '' } = await run();
    await until(id, 'running');
    await ec2.vm(id).powerOff({ force: true });
    asked = [];
    answer = ({ operation }) => (operation === 'CreateGrant' ? 'denied' : 'allowed');
    const start = () => client.send(new StartInstancesCommand({ InstanceIds: [id] }));
    expect((await start()).StartingInstances![0]!.CurrentState?.Name).toBe('pending');
    await until(id, 'stopped');
    expect(operations()).toEqual([`DescribeKey ${EBS_KEY}`, `CreateGrant ${EBS_KEY}`]);
    expect((await described(id)).StateReason?.Code).toBe('Client.InternalError');
    answer = () => 'allowed';
    await start();
    await until(id, 'running');
    expect((await described(id)).StateReason).toBeUndefined();
  });
});
