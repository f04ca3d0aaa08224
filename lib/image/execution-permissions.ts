import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { names, TAGS } from '../../protocol/names.ts';
import { mayUseDiskKeys } from '../platform/disk-keys.ts';
import { MADE_BY_IMAGE_BUILDER, TAGGED_BY_IMAGE_BUILDER } from '../platform/image-builder-tag.ts';
import { EC2_SERVICES } from '../platform/partition.ts';
import { arn, grant, iamArn, ownArn } from '../platform/statements.ts';

const MADE_BY_IT = { StringEquals: MADE_BY_IMAGE_BUILDER };
const TAGGED_ON_CREATION = { StringEquals: TAGGED_BY_IMAGE_BUILDER };

/** Images and snapshots are in no account. */
const IMAGES = arn(`ec2:${Aws.REGION}::image/*`);
const SNAPSHOTS = arn(`ec2:${Aws.REGION}::snapshot/*`);
const INSTANCES = ownArn('ec2', 'instance/*');

export const launching = (builderRoleArn: string): PolicyStatement[] => [
  grant(
    'LaunchFrom',
    ['ec2:RunInstances'],
    [
      IMAGES,
      SNAPSHOTS,
      ...['subnet', 'network-interface', 'security-group'].map((type) => ownArn('ec2', `${type}/*`)),
    ],
  ),
  grant('Launch', ['ec2:RunInstances'], [INSTANCES, ownArn('ec2', 'volume/*')], TAGGED_ON_CREATION),
  grant('TagOnCreation', ['ec2:CreateTags'], ['*'], {
    StringEquals: { 'ec2:CreateAction': ['RunInstances', 'CreateImage'], ...TAGGED_BY_IMAGE_BUILDER },
  }),
  grant('PassBuilderRole', ['iam:PassRole'], [builderRoleArn], {
    StringEquals: { 'iam:PassedToService': EC2_SERVICES },
  }),
  grant(
    'StopAndTerminate',
    ['ec2:StopInstances', 'ec2:StartInstances', 'ec2:TerminateInstances'],
    [INSTANCES],
    MADE_BY_IT,
  ),
  grant(
    'DescribeBuildResources',
    [
      'ec2:DescribeImages',
      'ec2:DescribeInstanceAttribute',
      'ec2:DescribeInstanceStatus',
      'ec2:DescribeInstanceTypeOfferings',
      'ec2:DescribeInstanceTypes',
      'ec2:DescribeInstances',
      'ec2:DescribeSnapshots',
      'ec2:DescribeSubnets',
      'ec2:DescribeTags',
    ],
    ['*'],
  ),
];

/** Image Builder takes stock of an image by an association; Systems Manager makes a role of its own for its first. */
const SYSTEMS_MANAGER_ROLE = 'role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM';

export const commanding = (): PolicyStatement[] => [
  grant('RunScripts', ['ssm:SendCommand'], [arn(`ssm:${Aws.REGION}::document/AWS-RunShellScript`)]),
  grant('RunOnOwnInstances', ['ssm:SendCommand'], [INSTANCES], MADE_BY_IT),
  grant(
    'FollowCommands',
    [
      'ssm:DescribeAssociationExecutions',
      'ssm:DescribeInstanceAssociationsStatus',
      'ssm:DescribeInstanceInformation',
      'ssm:GetCommandInvocation',
      'ssm:ListCommandInvocations',
      'ssm:ListCommands',
      'ssm:ListInventoryEntries',
    ],
    ['*'],
  ),
  grant(
    'TakeInventory',
    ['ssm:CreateAssociation', 'ssm:DeleteAssociation'],
    [
      arn(`ssm:${Aws.REGION}::document/AWS-GatherSoftwareInventory`),
      ownArn('ssm', 'association/*'),
      INSTANCES,
    ],
  ),
  grant('TagInventory', ['ssm:AddTagsToResource'], [ownArn('ssm', 'association/*')], TAGGED_ON_CREATION),
  grant('CreateSystemsManagerRole', ['iam:CreateServiceLinkedRole'], [iamArn(SYSTEMS_MANAGER_ROLE)], {
    StringEquals: { 'iam:AWSServiceName': 'ssm.amazonaws.com' },
  }),
  grant(
    'WriteBuildLogs',
    ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    [ownArn('logs', 'log-group:/aws/imagebuilder/*')],
  ),
];

export const distributing = (stage: string): PolicyStatement[] => [
  grant('MakeImage', ['ec2:CreateImage'], [IMAGES, SNAPSHOTS], TAGGED_ON_CREATION),
  grant('CreateImageOfInstance', ['ec2:CreateImage'], [INSTANCES], MADE_BY_IT),
  grant('CopyImage', ['ec2:CopyImage'], [IMAGES, SNAPSHOTS]),
  grant('ChangeImage', ['ec2:DeregisterImage', 'ec2:ModifyImageAttribute'], [IMAGES], MADE_BY_IT),
  grant('TagImage', ['ec2:CreateTags'], [IMAGES], {
    StringEqualsIfExists: { [`aws:RequestTag/${TAGS.stage}`]: stage },
  }),
  grant('TagSnapshot', ['ec2:CreateTags'], [SNAPSHOTS], {
    ...TAGGED_ON_CREATION,
    StringEqualsIfExists: { [`aws:RequestTag/${TAGS.stage}`]: stage },
  }),
  grant(
    'PublishImageId',
    ['ssm:PutParameter', 'ssm:GetParameter'],
    [ownArn('ssm', `parameter${names(stage).amiParameter}`)],
  ),
];

/**
 * Keys of this account, through EC2 alone: the default key for EBS may be the account's own, and so may that of a
 * parent image's snapshots. Those that are configured can be another account's.
 */
export const usingKeys = (diskKeyArns: readonly string[]): PolicyStatement[] =>
  mayUseDiskKeys([ownArn('kms', 'key/*'), ...diskKeyArns]);

/** AWS and publishers keep public parameters, in no account; any other is of this one. */
export function lookingUp(parentImage: string): PolicyStatement[] {
  const [, parameter] = /^ssm:\/(.+)$/.exec(parentImage) ?? [];
  if (parameter === undefined) return [];
  const owner = parameter.startsWith('aws/') ? '' : Aws.ACCOUNT_ID;
  return [
    grant(
      'ReadParentImage',
      ['ssm:GetParameter'],
      [arn(`ssm:${Aws.REGION}:${owner}:parameter/${parameter}`)],
    ),
  ];
}

/** AWS's policy for such roles has it since July 2026, and says no more than that. */
export const startingItself = (stage: string): PolicyStatement[] => [
  grant(
    'StartItself',
    ['imagebuilder:StartImagePipelineExecution', 'imagebuilder:TagResource'],
    [ownArn('imagebuilder', `image-pipeline/${names(stage).imagePipeline}`)],
  ),
];
