import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { names, TAGS } from '../../protocol/names.ts';
import { acknowledgeWildcards } from '../platform/acknowledge.ts';

export interface ImageExecutionRoleProps {
  readonly stage: string;
  readonly builderRoleArn: string;
  /** As in the recipe: an AMI, an image, or `ssm:` and the name of a parameter that has to be read. */
  readonly parentImage: string;
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

  constructor(scope: Construct, id: string, { stage, builderRoleArn, parentImage }: ImageExecutionRoleProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('imagebuilder.amazonaws.com'),
      description: `Sealroot ${stage}: builds, tests and distributes the image`,
    });
    this.allow(
      launching(builderRoleArn),
      'Instances, volumes and interfaces of a build get their ids while it runs. Only what Image Builder has tagged as its own is launched, stopped or terminated; EC2 knows no narrower resource for Describe calls.',
    );
    this.allow(
      commanding(),
      'Commands and associations get their ids while a build runs, and go to instances that Image Builder has tagged as its own; Systems Manager knows no narrower resource for the calls that follow them.',
    );
    this.allow(distributing(stage), 'Images and snapshots get their ids while a build runs.');
    for (const statement of lookingUp(parentImage)) this.role.addToPolicy(statement);
  }

  private allow(statements: readonly PolicyStatement[], wildcards: string): void {
    for (const statement of statements) this.role.addToPolicy(statement);
    acknowledgeWildcards(this, statements, wildcards);
  }
}

function grant(
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
    grant(
      'LaunchFrom',
      ['ec2:RunInstances'],
      [
        arn(`ec2:${Aws.REGION}::image/*`),
        arn(`ec2:${Aws.REGION}::snapshot/*`),
        ...['subnet', 'network-interface', 'security-group'].map((type) => arn(`ec2:${ours}:${type}/*`)),
      ],
    ),
    grant(
      'Launch',
      ['ec2:RunInstances'],
      [arn(`ec2:${ours}:instance/*`), arn(`ec2:${ours}:volume/*`)],
      TAGGED_ON_CREATION,
    ),
    grant('TagOnCreation', ['ec2:CreateTags'], ['*'], {
      StringEquals: {
        'ec2:CreateAction': ['RunInstances', 'CreateImage'],
        'aws:RequestTag/CreatedBy': 'EC2 Image Builder',
      },
    }),
    grant('PassBuilderRole', ['iam:PassRole'], [builderRoleArn], {
      StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    }),
    grant(
      'StopAndTerminate',
      ['ec2:StopInstances', 'ec2:StartInstances', 'ec2:TerminateInstances'],
      [arn(`ec2:${ours}:instance/*`)],
      MADE_BY_IMAGE_BUILDER,
    ),
    grant(
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
    grant('RunScripts', ['ssm:SendCommand'], [arn(`ssm:${Aws.REGION}::document/AWS-RunShellScript`)]),
    grant('OnOwnInstances', ['ssm:SendCommand'], [arn(`ec2:${Aws.REGION}:${Aws.ACCOUNT_ID}:instance/*`)], {
      StringEquals: { 'ssm:resourceTag/CreatedBy': 'EC2 Image Builder' },
    }),
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
      'Inventory',
      ['ssm:CreateAssociation', 'ssm:DeleteAssociation'],
      [
        arn(`ssm:${Aws.REGION}::document/AWS-GatherSoftwareInventory`),
        arn(`ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:association/*`),
        arn(`ec2:${Aws.REGION}:${Aws.ACCOUNT_ID}:instance/*`),
      ],
    ),
    grant(
      'BuildLogs',
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      [arn(`logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:/aws/imagebuilder/*`)],
    ),
  ];
}

function distributing(stage: string): PolicyStatement[] {
  const parameter = names(stage).amiParameter.slice(1);
  return [
    grant(
      'MakeImage',
      ['ec2:CreateImage', 'ec2:CopyImage', 'ec2:DeregisterImage', 'ec2:ModifyImageAttribute'],
      [
        arn(`ec2:${Aws.REGION}::image/*`),
        arn(`ec2:${Aws.REGION}::snapshot/*`),
        arn(`ec2:${Aws.REGION}:${Aws.ACCOUNT_ID}:instance/*`),
      ],
    ),
    grant(
      'TagImage',
      ['ec2:CreateTags'],
      [arn(`ec2:${Aws.REGION}::image/*`), arn(`ec2:${Aws.REGION}::snapshot/*`)],
      {
        StringEqualsIfExists: { [`aws:RequestTag/${TAGS.stage}`]: stage },
      },
    ),
    grant(
      'PublishImageId',
      ['ssm:PutParameter', 'ssm:GetParameter'],
      [arn(`ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter/${parameter}`)],
    ),
  ];
}

/** AWS and publishers keep public parameters, in no account; any other is of this one. */
function lookingUp(parentImage: string): PolicyStatement[] {
  const [, parameter] = /^ssm:\/(.+)$/.exec(parentImage) ?? [];
  if (parameter === undefined) return [];
  const owner = parameter.startsWith('aws/') ? '' : Aws.ACCOUNT_ID;
  return [
    grant('ParentImage', ['ssm:GetParameter'], [arn(`ssm:${Aws.REGION}:${owner}:parameter/${parameter}`)]),
  ];
}
