import {
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  INSTANCE_TYPES,
  instanceType,
  requireArchitecture,
} from '../../../../local/services/ec2/instance-types.ts';
import { Ec2Service } from '../../../../local/services/ec2/service.ts';
import { context, FakeLauncher, sdkClient, stateDirectory } from './fakes.ts';

const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('an instance type', () => {
  it.each([
    ['t3.micro', 'x86_64', 2, 1],
    ['t3.small', 'x86_64', 2, 2],
    ['t4g.2xlarge', 'arm64', 8, 32],
    ['m7i.large', 'x86_64', 2, 8],
    ['c7i-flex.large', 'x86_64', 2, 4],
    ['m7g.medium', 'arm64', 1, 4],
    ['r7g.16xlarge', 'arm64', 64, 512],
    ['m7i.48xlarge', 'x86_64', 192, 768],
  ])('is as AWS has it: %s', (name, architecture, vcpus, gib) => {
    expect(instanceType(name, 'z')).toMatchObject({ architecture, vcpus, memoryMiB: gib * 1024 });
  });

  it('is in the table once', () => {
    expect(new Set(INSTANCE_TYPES.map(({ name }) => name)).size).toBe(INSTANCE_TYPES.length);
  });

  it('is one that the free plan has, of either architecture', () => {
    expect(INSTANCE_TYPES.filter(({ freeTier }) => freeTier).map(({ name }) => name)).toEqual([
      't3.micro',
      't3.small',
      't4g.micro',
      't4g.small',
      'c7i-flex.large',
      'm7i-flex.large',
    ]);
  });

  it.each(['', 'x', 't3', 't3.huge', 'm7i.3xlarge.', 'T3.small', 'toString'])('is not %j', (name) => {
    expect(() => instanceType(name, 'z')).toThrow(refusal('InvalidParameterValue', /^Invalid value/));
  });

  it.each(['t2.micro', 'p5.48xlarge', 'mac2.metal', 'm7i.metal-24xl', 'u-6tb1.metal'])(
    'is offered elsewhere: %s',
    (name) => {
      expect(() => instanceType(name, 'eu-west-1b')).toThrow(refusal('Unsupported', /eu-west-1b/));
    },
  );

  it('runs images of its own architecture', () => {
    const graviton = instanceType('t4g.small', 'z');
    expect(() => requireArchitecture(graviton, 'arm64')).not.toThrow();
    expect(() => requireArchitecture(graviton, 'x86_64')).toThrow(
      refusal('InvalidParameterValue', /architecture 'arm64' of the specified instance type .* 'x86_64'/),
    );
  });
});

describe('the actions that list types', () => {
  let state: string;
  let client: EC2Client;

  beforeEach(() => {
    state = stateDirectory();
    client = sdkClient(new Ec2Service(context(state), { launcher: new FakeLauncher() }));
  });
  afterEach(() => rmSync(state, { recursive: true }));

  it('describe them', async () => {
    const { InstanceTypes } = await client.send(
      new DescribeInstanceTypesCommand({ InstanceTypes: ['t4g.small'] }),
    );
    expect(InstanceTypes).toEqual([
      expect.objectContaining({
        InstanceType: 't4g.small',
        FreeTierEligible: true,
        ProcessorInfo: expect.objectContaining({ SupportedArchitectures: ['arm64'] }),
        VCpuInfo: expect.objectContaining({ DefaultVCpus: 2 }),
        MemoryInfo: { SizeInMiB: 2048 },
      }),
    ]);
    await expect(
      client.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['t4g.huge' as never] })),
    ).rejects.toEqual(expect.objectContaining({ name: 'InvalidInstanceType' }));
  });

  it('say where they are offered', async () => {
    const { InstanceTypeOfferings } = await client.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: ['t3.small'] }],
      }),
    );
    expect(InstanceTypeOfferings?.map(({ Location }) => Location).sort()).toEqual([
      'us-east-1a',
      'us-east-1b',
    ]);
  });
});
