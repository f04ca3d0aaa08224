import { ManagedPolicy, type IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from '../platform/acknowledge.ts';
import { mayEverUseDiskKeys, NOT_VIA_EC2 } from '../platform/disk-keys.ts';
import { EC2_SERVICES } from '../platform/partition.ts';
import { roleArn } from '../platform/role-names.ts';
import { grant, refuse } from '../platform/statements.ts';
import { OF_STACKS, OF_THE_REGION } from './diagnose.ts';
import { NamedPolicy } from './named-policy.ts';

/** All that any of the roles may ever be allowed, whatever is attached to it. */
const CEILING = [
  ...OF_THE_REGION,
  ...OF_STACKS,
  'cloudtrail:LookupEvents',
  'cloudwatch:DescribeAlarmHistory',
  'cloudwatch:DescribeAlarms',
  'ec2:CreateTags',
  'ec2:DescribeImages',
  'ec2:DescribeInstances',
  'ec2:DescribeKeyPairs',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeVolumes',
  'ec2:DescribeVpcEndpoints',
  'ec2:GetConsoleOutput',
  'ec2:RebootInstances',
  'ec2:RunInstances',
  'ec2:StartInstances',
  'ec2:StopInstances',
  'ec2:TerminateInstances',
  'execute-api:Invoke',
  'iam:GetRole',
  'iam:GetRolePolicy',
  'iam:ListAttachedRolePolicies',
  'iam:ListRolePolicies',
  'imagebuilder:CancelImageCreation',
  'imagebuilder:GetImage',
  'imagebuilder:GetImagePipeline',
  'imagebuilder:GetImageRecipe',
  'imagebuilder:ListImageBuildVersions',
  'imagebuilder:ListImagePipelineImages',
  'imagebuilder:ListImagePipelines',
  'imagebuilder:ListWorkflowExecutions',
  'imagebuilder:ListWorkflowStepExecutions',
  'imagebuilder:RetryImage',
  'imagebuilder:StartImagePipelineExecution',
  'kms:DescribeKey',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListResourceTags',
  'logs:DescribeLogGroups',
  'logs:DescribeLogStreams',
  'logs:FilterLogEvents',
  'logs:GetLogEvents',
  'logs:GetQueryResults',
  'logs:StartQuery',
  'ssm:GetParameter',
  'ssm:GetParameters',
];

/**
 * Ways to more than a role has. A boundary without them in it allows none; denied by name they stay out of reach even
 * when another policy names the session itself, which a boundary does not limit.
 */
const ESCALATION = [
  'ec2:AssociateIamInstanceProfile',
  'ec2:CreateLaunchTemplateVersion',
  'ec2:DeleteTags',
  'ec2:ModifyInstanceAttribute',
  'ec2:ModifyLaunchTemplate',
  'ec2:ReplaceIamInstanceProfileAssociation',
  ...[
    'Add',
    'Attach',
    'Create',
    'Deactivate',
    'Delete',
    'Detach',
    'Enable',
    'Put',
    'Set',
    'Update',
    'Upload',
  ].map((verb) => `iam:${verb}*`),
  'kms:PutKeyPolicy',
  'lambda:UpdateFunctionCode',
  'lambda:UpdateFunctionConfiguration',
  'ssm:PutParameter',
  'ssm:SendCommand',
  'ssm:StartSession',
  // A session that could open another would outlive its own end.
  'sts:AssumeRole',
  'sts:GetFederationToken',
];

export const boundaryName = (stage: string): string => `sealroot-${stage}-${Aws.REGION}-access-boundary`;

export interface AccessBoundaryProps {
  readonly stage: string;
}

/** The permission boundary of the four roles. */
export class AccessBoundary extends Construct {
  readonly policy: IManagedPolicy;

  constructor(scope: Construct, id: string, { stage }: AccessBoundaryProps) {
    super(scope, id);
    const statements = [
      grant('AllowAtMost', CEILING, ['*']),
      grant('PassInstanceRole', ['iam:PassRole'], [roleArn(stage, 'instance')], {
        StringEquals: { 'iam:PassedToService': EC2_SERVICES },
      }),
      // Of a recovery passphrase; EC2 decrypts for its caller by the statements that follow.
      grant('DecryptPassphrase', ['kms:Decrypt'], ['*'], {
        StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' },
      }),
      ...mayEverUseDiskKeys(),
      refuse('DenyEscalation', ESCALATION, ['*']),
      // A grant gives a key away for good. EC2 makes one for each encrypted volume of an instance that is started, to
      // its own machines, in the name of who starts it. `IfExists`: the deny holds for a call that says nothing.
      refuse('DenyGrantsToPeople', ['kms:CreateGrant'], ['*'], {
        BoolIfExists: { 'kms:GrantIsForAWSResource': 'false' },
      }),
      refuse('DenyGrantsButThroughEc2', ['kms:CreateGrant'], ['*'], NOT_VIA_EC2),
      // The tag that names who launched an instance stays what it was at the launch.
      refuse('DenyTagsButOnLaunch', ['ec2:CreateTags'], ['*'], {
        StringNotEquals: { 'ec2:CreateAction': 'RunInstances' },
      }),
    ];
    acknowledge(
      this,
      'IAM5[Resource::*]',
      'A boundary allows nothing by itself: the roles’ own policies name resources.',
    );
    const resource = new NamedPolicy(this, 'Policy', { name: boundaryName(stage), statements });
    this.policy = ManagedPolicy.fromManagedPolicyArn(this, 'Imported', resource.ref);
  }
}
