import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { names, STACKS } from '../../protocol/names.ts';
import { arn, grant, ownArn } from '../platform/statements.ts';

/** Questions about an account and region. EC2, Service Quotas and the Free Tier API have no narrower resource for them. */
export const OF_THE_REGION = [
  'ec2:DescribeAvailabilityZones',
  'ec2:DescribeInstanceTypeOfferings',
  'ec2:DescribeInstanceTypes',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcEndpointServices',
  'ec2:DescribeVpcs',
  'ec2:GetEbsDefaultKmsKeyId',
  'freetier:GetAccountPlanState',
  'servicequotas:GetServiceQuota',
] as const;

/** Questions about the stage's own stacks. */
export const OF_STACKS = ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'] as const;

/** Grants the questions of `sealroot doctor` that a role may not ask anyway. */
export const mayDiagnose = (stage: string): PolicyStatement[] => [
  grant('SeeRegion', OF_THE_REGION, ['*']),
  grant(
    'SeeStacks',
    OF_STACKS,
    STACKS.map((id) => ownArn('cloudformation', `stack/${names(stage).stack(id)}/*`)),
  ),
  // Public parameters, of AWS and of publishers, can name the parent image. Everybody can read them.
  grant('SeePublicParameters', ['ssm:GetParameter'], [arn(`ssm:${Aws.REGION}::parameter/aws/service/*`)]),
];
