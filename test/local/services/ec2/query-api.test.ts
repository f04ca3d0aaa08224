import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeVolumesCommand,
  GetConsoleOutputCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type EC2Client,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ec2Service } from '../../../../local/services/ec2/service.ts';
import { context, FakeLauncher, IMAGE, sdkClient, stateDirectory } from './fakes.ts';

const TEMPLATE = { LaunchTemplateName: 'sealroot-dev' };

let state: string;
let launcher: FakeLauncher;
let ec2: Ec2Service;
let client: EC2Client;

beforeEach(() => {
  state = stateDirectory();
  launcher = new FakeLauncher();
  ec2 = new Ec2Service(context(state), { launcher });
  client = sdkClient(ec2);
});
afterEach(async () => {
  for (const { id } of ec2.instances()) await ec2.vm(id).powerOff({ force: true });
  await ec2.stopAll();
  rmSync(state, { recursive: true });
});

async function run(input: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  const answer = await client.send(
    new RunInstancesCommand({ LaunchTemplate: TEMPLATE, MinCount: 1, MaxCount: 1, ...input }),
  );
  return answer.Instances?.[0]?.InstanceId ?? '';
}

async function until(id: string, wanted: string): Promise<void> {
  while (ec2.vm(id).record.state !== wanted) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function running(input: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  const id = await run(input);
  await until(id, 'running');
  return id;
}

const code = (name: string): object => expect.objectContaining({ name });

describe('when an instance is run from the launch template', () => {
  it('takes everything from the template', async () => {
    const id = await running();
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      InstanceId: id,
      ImageId: IMAGE,
      InstanceType: 't3.small',
      State: { Code: 16, Name: 'running' },
      VpcId: 'vpc-1',
      SubnetId: 'subnet-1',
      PrivateIpAddress: '169.254.16.10',
      Placement: { AvailabilityZone: 'us-east-1a' },
      IamInstanceProfile: { Arn: 'arn:aws:iam::000000000000:instance-profile/sealroot-profile' },
      MetadataOptions: {
        HttpTokens: 'required',
        HttpPutResponseHopLimit: 1,
        InstanceMetadataTags: 'enabled',
      },
      SecurityGroups: [{ GroupId: 'sg-1' }],
      Tags: [{ Key: 'sealroot:stage', Value: 'dev' }],
      BlockDeviceMappings: [{ DeviceName: '/dev/sda1' }, { DeviceName: '/dev/sdf' }],
    });
  });

  it('gives the machine the boot disk first, then the blank ones', async () => {
    const id = await running();
    expect(launcher.launched[0]).toMatchObject({
      id,
      commandLine: 'root=LABEL=cloudimg-rootfs ro console=ttyS0',
      disks: [
        { path: 'root.qcow2', format: 'qcow2' },
        { path: 'sdf.raw', format: 'raw' },
      ],
    });
  });

  it('lets the request override type, tags and user data', async () => {
    const UserData = Buffer.from('SERVER_ID=7').toString('base64');
    const TagSpecifications = [
      { ResourceType: 'instance' as const, Tags: [{ Key: 'Name', Value: 'a & <b>' }] },
    ];
    const id = await run({ InstanceType: 't3.large', TagSpecifications, UserData });
    const { Reservations } = await client.send(new DescribeInstancesCommand({}));
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      InstanceType: 't3.large',
      Tags: [
        { Key: 'sealroot:stage', Value: 'dev' },
        { Key: 'Name', Value: 'a & <b>' },
      ],
    });
    const attribute = await client.send(
      new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: 'userData' }),
    );
    expect(attribute.UserData?.Value).toBe(UserData);
  });

  it('gives every instance an address of its own', async () => {
    const answer = await client.send(
      new RunInstancesCommand({ LaunchTemplate: TEMPLATE, MinCount: 2, MaxCount: 2 }),
    );
    expect(answer.Instances?.map(({ PrivateIpAddress }) => PrivateIpAddress)).toEqual([
      '169.254.16.10',
      '169.254.16.11',
    ]);
  });

  it('launches once for one client token', async () => {
    const first = await run({ ClientToken: 'once' });
    expect(await run({ ClientToken: 'once' })).toBe(first);
    expect(ec2.instances()).toHaveLength(1);
    await expect(run({ ClientToken: 'once', InstanceType: 't3.large' })).rejects.toEqual(
      code('IdempotentParameterMismatch'),
    );
  });

  it.each([
    [{ LaunchTemplate: { LaunchTemplateName: 'other' } }, 'InvalidLaunchTemplateName.NotFoundException'],
    [{ LaunchTemplate: { LaunchTemplateId: 'lt-0' } }, 'InvalidLaunchTemplateId.NotFound'],
    [{ ImageId: 'ami-00000000000000000' }, 'InvalidAMIID.NotFound'],
    [{ ImageId: 'resolve:ssm:/none' }, 'InvalidParameterValue'],
    [{ SubnetId: 'subnet-0' }, 'InvalidSubnetID.NotFound'],
    [{ UserData: Buffer.alloc(16_385).toString('base64') }, 'InvalidParameterValue'],
    [{ DryRun: true }, 'DryRunOperation'],
    [{ InstanceType: 't3.huge' as never }, 'InvalidParameterValue'],
    [{ InstanceType: 'nonsense' as never }, 'InvalidParameterValue'],
    [{ InstanceType: 'p5.48xlarge' as const }, 'Unsupported'],
    [{ InstanceType: 'm7g.large' as const }, 'InvalidParameterValue'],
    [{ KeyName: 'mine' }, 'UnsupportedOperation'],
    [{ NetworkInterfaces: [{ DeviceIndex: 0, Groups: ['sg-1'] }] }, 'UnsupportedOperation'],
    [{ MetadataOptions: { HttpEndpoint: 'disabled' as const } }, 'UnsupportedOperation'],
    [
      {
        TagSpecifications: [{ ResourceType: 'network-interface' as const, Tags: [{ Key: 'a', Value: 'b' }] }],
      },
      'UnsupportedOperation',
    ],
  ])('refuses %j', async (input, name) => {
    await expect(run(input)).rejects.toEqual(code(name));
    expect(ec2.instances()).toEqual([]);
  });
});

describe('when the caller has no right to', () => {
  const asked: unknown[][] = [];
  let allowed: boolean;

  beforeEach(async () => {
    await ec2.release();
    asked.length = 0;
    allowed = true;
    const allows = (_principal: unknown, ...question: unknown[]): boolean => {
      asked.push(question);
      return allowed;
    };
    ec2 = new Ec2Service(context(state, { authorizer: { allows } }), { launcher });
    client = sdkClient(ec2);
  });

  it('launches nothing', async () => {
    allowed = false;
    await expect(run()).rejects.toEqual(code('UnauthorizedOperation'));
    expect(ec2.instances()).toEqual([]);
  });

  it('asks about everything that a launch uses, makes and sets', async () => {
    await run();
    const kinds = asked.map(([action, resource]) => [
      action,
      String(resource).replace(/^arn:aws:ec2:us-east-1:\d*:/, ''),
    ]);
    expect(kinds).toEqual([
      ['ssm:GetParameters', 'arn:aws:ssm:us-east-1:000000000000:parameter/sealroot/dev/ami'],
      ['iam:PassRole', 'arn:aws:iam::000000000000:role/sealroot-role'],
      ['ec2:RunInstances', 'launch-template/lt-0123456789abcdef0'],
      ['ec2:RunInstances', expect.stringMatching(/^image\/ami-/)],
      ['ec2:RunInstances', 'network-interface/*'],
      ['ec2:RunInstances', 'subnet/*'],
      ['ec2:RunInstances', 'security-group/sg-1'],
      ['ec2:CreateTags', 'volume/*'],
      ['ec2:RunInstances', 'volume/*'],
      ['ec2:CreateTags', 'instance/*'],
      ['ec2:RunInstances', 'instance/*'],
    ]);
  });

  it('asks about the very instance, with its tags', async () => {
    const id = await running();
    allowed = false;
    await expect(client.send(new TerminateInstancesCommand({ InstanceIds: [id] }))).rejects.toEqual(
      code('UnauthorizedOperation'),
    );
    expect(ec2.vm(id).record.state).toBe('running');
    expect(asked.at(-1)).toEqual([
      'ec2:TerminateInstances',
      `arn:aws:ec2:us-east-1:000000000000:instance/${id}`,
      { 'aws:ResourceTag/sealroot:stage': 'dev', 'ec2:ResourceTag/sealroot:stage': 'dev' },
    ]);
  });
});

describe('when instances are described', () => {
  it('filters by state and tag, with wildcards', async () => {
    const one = await running();
    await client.send(new CreateTagsCommand({ Resources: [one], Tags: [{ Key: 'Name', Value: 'web-1' }] }));
    const two = await running();
    const find = async (Name: string, ...Values: string[]): Promise<unknown> => {
      const { Reservations } = await client.send(
        new DescribeInstancesCommand({ Filters: [{ Name, Values }] }),
      );
      return Reservations?.flatMap(({ Instances }) => Instances?.map(({ InstanceId }) => InstanceId));
    };
    expect(await find('tag:Name', 'web-*')).toEqual([one]);
    expect(await find('tag-key', 'Name')).toEqual([one]);
    expect(await find('instance-state-name', 'running', 'stopped')).toEqual([one, two]);
    expect(await find('image-id', 'ami-0')).toEqual([]);
    await expect(find('colour', 'red')).rejects.toEqual(code('InvalidParameterValue'));
  });

  it('gives pages', async () => {
    const ids = [await run(), await run(), await run()];
    const first = await client.send(new DescribeInstancesCommand({ MaxResults: 2 }));
    const rest = await client.send(
      new DescribeInstancesCommand({ MaxResults: 2, NextToken: first.NextToken }),
    );
    const seen = [first, rest].flatMap(({ Reservations }) =>
      Reservations?.map((r) => r.Instances?.[0]?.InstanceId),
    );
    expect(seen).toEqual(ids);
    expect(rest.NextToken).toBeUndefined();
  });

  it('says when there is no such instance', async () => {
    const describe = (id: string): Promise<unknown> =>
      client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    await expect(describe('i-00000000000000000')).rejects.toEqual(code('InvalidInstanceID.NotFound'));
    await expect(describe('web')).rejects.toEqual(code('InvalidInstanceID.Malformed'));
  });
});

describe('when an instance is stopped, started and terminated', () => {
  it('goes through the states of EC2', async () => {
    const id = await running();
    const stop = await client.send(new StopInstancesCommand({ InstanceIds: [id], Force: true }));
    expect(stop.StoppingInstances).toMatchObject([
      { InstanceId: id, PreviousState: { Name: 'running' }, CurrentState: { Name: 'stopping' } },
    ]);
    await until(id, 'stopped');
    const start = await client.send(new StartInstancesCommand({ InstanceIds: [id] }));
    expect(start.StartingInstances).toMatchObject([
      { PreviousState: { Name: 'stopped' }, CurrentState: { Name: 'pending' } },
    ]);
    await until(id, 'running');
    const end = await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(end.TerminatingInstances).toMatchObject([
      { PreviousState: { Name: 'running' }, CurrentState: { Name: 'shutting-down' } },
    ]);
    await until(id, 'terminated');
    const start2 = client.send(new StartInstancesCommand({ InstanceIds: [id] }));
    await expect(start2).rejects.toEqual(code('IncorrectInstanceState'));
  });

  it('is stopped when its guest powers itself off, and says so', async () => {
    const id = await running();
    launcher.running.get(id)?.end();
    await until(id, 'stopped');
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(Reservations?.[0]?.Instances?.[0]?.StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
  });

  it('does nothing to any instance when one of them does not exist', async () => {
    const id = await running();
    const ids = [id, 'i-00000000000000000'];
    await expect(client.send(new StopInstancesCommand({ InstanceIds: ids }))).rejects.toEqual(
      code('InvalidInstanceID.NotFound'),
    );
    expect(ec2.vm(id).record.state).toBe('running');
  });

  it('keeps the machine through a reboot', async () => {
    const id = await running();
    await client.send(new RebootInstancesCommand({ InstanceIds: [id] }));
    while (launcher.running.get(id)?.resets === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(launcher.launched).toHaveLength(1);
    expect(ec2.vm(id).record.state).toBe('running');
  });
});

describe('when the console is read', () => {
  it('gives the whole log of the boot, with the bytes that a terminal would get', async () => {
    const id = await running();
    const text = `sealroot: unlocked\r\n${'ä'.repeat(70_000)}`;
    writeFileSync(join(ec2.vm(id).directory, 'console.log'), text);
    const { Output } = await client.send(new GetConsoleOutputCommand({ InstanceId: id }));
    expect(Buffer.from(Output ?? '', 'base64').toString()).toBe(text);
  });
});

describe('when tags, images, templates and volumes are asked for', () => {
  it('writes and removes tags', async () => {
    const id = await run();
    const Resources = [id, IMAGE];
    await client.send(
      new CreateTagsCommand({
        Resources,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '' },
        ],
      }),
    );
    await client.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'a' }] }));
    expect(ec2.vm(id).record.tags).toEqual({ 'sealroot:stage': 'dev', b: '' });
    const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [IMAGE] }));
    expect(Images?.[0]?.Tags).toEqual([
      { Key: 'sealroot:stage', Value: 'dev' },
      { Key: 'b', Value: '' },
    ]);
  });

  it('knows an image only as its owner’s', async () => {
    const ids = async (...Owners: string[]): Promise<unknown> =>
      (await client.send(new DescribeImagesCommand({ Owners }))).Images?.map(({ ImageId }) => ImageId);
    expect(await ids('self')).toEqual([IMAGE]);
    expect(await ids('amazon')).toEqual([]);
  });

  it('finds the template by name', async () => {
    const find = (name: string): Promise<{ LaunchTemplates?: unknown }> =>
      client.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [name] }));
    expect((await find('sealroot-dev')).LaunchTemplates).toMatchObject([
      { LaunchTemplateId: 'lt-0123456789abcdef0', LatestVersionNumber: 1 },
    ]);
    await expect(find('other')).rejects.toEqual(code('InvalidLaunchTemplateName.NotFoundException'));
  });

  it('shows the volumes of an instance', async () => {
    const id = await run();
    const Filters = [{ Name: 'attachment.instance-id', Values: [id] }];
    const { Volumes } = await client.send(new DescribeVolumesCommand({ Filters }));
    expect(Volumes).toMatchObject([
      { Size: 8, Attachments: [{ Device: '/dev/sda1', InstanceId: id }] },
      { Size: 20, Encrypted: true, Attachments: [{ Device: '/dev/sdf' }] },
    ]);
  });
});

describe('when the action is not one of those', () => {
  it('says so as EC2 does', async () => {
    const request = { method: 'POST', path: '/', headers: {}, body: Buffer.from('Action=CreateVpc') };
    const answer = await ec2.handle(request, undefined as never);
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).toContain('<Code>InvalidAction</Code>');
  });
});
