import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';

export interface ImageExecutionRoleProps {
  readonly stage: string;
  readonly builderRoleArn: string;
}

const arn = (rest: string) => `arn:${Aws.PARTITION}:${rest}`;
/** Image Builder tags whatever it makes. */
const MADE_BY_IMAGE_BUILDER = { StringEquals: { 'ec2:ResourceTag/CreatedBy': 'EC2 Image Builder' } };
const TAGGED_ON_CREATION = { StringEquals: { 'aws:RequestTag/CreatedBy': 'EC2 Image Builder' } };

/**
 * What the pipeline does on our behalf. Image Builder's own service-linked role may write parameters below
 * `/imagebuilder/` only, and a pipeline has one role for everything; so this one allows what that role does for
 * building, testing and tagging one AMI in one account, plus the parameter.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceRoleForImageBuilder.html
 */
export class ImageExecutionRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { stage, builderRoleArn }: ImageExecutionRoleProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('imagebuilder.amazonaws.com'),
      description: `Sealroot ${stage}: builds, tests and distributes the image`,
    });
    for (const statement of [...launching(builderRoleArn), ...commanding(), ...distributing(stage)]) {
      this.role.addToPolicy(statement);
    }
  }
}

function allow(
  sid: string,
  actions: string[],
  resources: string[],
  conditions: Record<string, unknown> = {},
): PolicyStatement {
  return new PolicyStatement({ sid, effect: Effect.ALLOW, actions, resources, conditions });
}

function launching(builderRoleArn: string): PolicyStatement[] {
  const ours = `${Aws.REGION}:${Aws.ACCOUNT_ID}`;
  return [
    allow(
      'LaunchFrom',
      ['ec2:RunInstances'],
      [
        arn(`ec2:${Aws.REGION}::image/*`),
        arn(`ec2:${Aws.REGION}::snapshot/*`),
        ...['subnet', 'network-interface', 'security-group'].map((type) => arn(`ec2:${ours}:${type}/*`)),
      ],
    ),
    allow(
      'Launch',
      ['ec2:RunInstances'],
      [arn(`ec2:${ours}:instance/*`), arn(`ec2:${ours}:volume/*`)],
      TAGGED_ON_CREATION,
    ),
    allow('TagOnCreation', ['ec2:CreateTags'], ['*'], {
      StringEquals: {
        'ec2:CreateAction': ['RunInstances', 'CreateImage'],
        'aws:RequestTag/CreatedBy': 'EC2 Image Builder',
      },
    }),
    allow('PassBuilderRole', ['iam:PassRole'], [builderRoleArn], {
      StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    }),
    allow(
      'StopAndTerminate',
      ['ec2:StopInstances', 'ec2:StartInstances', 'ec2:TerminateInstances'],
      [arn(`ec2:${ours}:instance/*`)],
      MADE_BY_IMAGE_BUILDER,
    ),
    allow(
      'Look',
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
}

function commanding(): PolicyStatement[] {
  return [
    allow('RunScripts', ['ssm:SendCommand'], [arn(`ssm:${Aws.REGION}::document/AWS-RunShellScript`)]),
    allow('OnOwnInstances', ['ssm:SendCommand'], [arn(`ec2:${Aws.REGION}:${Aws.ACCOUNT_ID}:instance/*`)], {
      StringEquals: { 'ssm:resourceTag/CreatedBy': 'EC2 Image Builder' },
    }),
    allow(
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
    allow(
      'Inventory',
      ['ssm:CreateAssociation', 'ssm:DeleteAssociation'],
      [
        arn(`ssm:${Aws.REGION}::document/AWS-GatherSoftwareInventory`),
        arn(`ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:association/*`),
        arn(`ec2:${Aws.REGION}:${Aws.ACCOUNT_ID}:instance/*`),
      ],
    ),
    allow(
      'BuildLogs',
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      [arn(`logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:/aws/imagebuilder/*`)],
    ),
  ];
}

function distributing(stage: string): PolicyStatement[] {
  const parameter = names(stage).amiParameter.slice(1);
  return [
    allow(
      'MakeImage',
      ['ec2:CreateImage', 'ec2:CopyImage', 'ec2:DeregisterImage', 'ec2:ModifyImageAttribute'],
      [
        arn(`ec2:${Aws.REGION}::image/*`),
        arn(`ec2:${Aws.REGION}::snapshot/*`),
        arn(`ec2:${Aws.REGION}:${Aws.ACCOUNT_ID}:instance/*`),
      ],
    ),
    allow(
      'TagImage',
      ['ec2:CreateTags'],
      [arn(`ec2:${Aws.REGION}::image/*`), arn(`ec2:${Aws.REGION}::snapshot/*`)],
      {
        StringEqualsIfExists: { [`aws:RequestTag/${TAGS.stage}`]: stage },
      },
    ),
    allow(
      'PublishImageId',
      ['ssm:PutParameter', 'ssm:GetParameter'],
      [arn(`ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter/${parameter}`)],
    ),
    allow('ParentImage', ['ssm:GetParameter'], [arn(`ssm:${Aws.REGION}::parameter/aws/service/*`)]),
  ];
}
