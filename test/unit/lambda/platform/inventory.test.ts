import { DescribeImagesCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ec2Inventory } from '../../../../lambda/platform/ec2/inventory.ts';

const region = 'eu-west-1';
const ec2 = mockClient(EC2Client);
const named = (name: string): Error => Object.assign(new Error(name), { name });

beforeEach(() => {
  ec2.reset();
});

describe('when EC2 is asked', () => {
  const inventory = ec2Inventory(new EC2Client({ region }));

  it('answers what an enrolment goes by', async () => {
    const Instances = [
      {
        InstanceId: 'i-1',
        State: { Name: 'running' as const },
        VpcId: 'vpc-1',
        PrivateIpAddress: '10.0.0.1',
        ImageId: 'ami-1',
        IamInstanceProfile: { Arn: 'arn:profile' },
        Tags: [{ Key: 'sealroot:stage', Value: 'dev' }],
      },
    ];
    ec2.on(DescribeInstancesCommand, { InstanceIds: ['i-1'] }).resolves({ Reservations: [{ Instances }] });
    expect(await inventory.instance('i-1')).toEqual({
      state: 'running',
      vpc: 'vpc-1',
      address: '10.0.0.1',
      image: 'ami-1',
      profile: 'arn:profile',
      tags: { 'sealroot:stage': 'dev' },
    });
  });

  it('does not take another instance or image for the one that was asked for', async () => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [{ InstanceId: 'i-2' }] }] });
    ec2.on(DescribeImagesCommand).resolves({ Images: [{ ImageId: 'ami-2' }] });
    expect(await inventory.instance('i-1')).toBeUndefined();
    expect(await inventory.image('ami-1')).toBeUndefined();
  });

  it('takes an unknown id as an answer, and fails on the rest', async () => {
    ec2.on(DescribeInstancesCommand).rejects(named('InvalidInstanceID.NotFound'));
    ec2.on(DescribeImagesCommand).rejects(named('RequestLimitExceeded'));
    expect(await inventory.instance('i-1')).toBeUndefined();
    await expect(inventory.image('ami-1')).rejects.toThrow('RequestLimitExceeded');
  });
});
