import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Aws } from 'aws-cdk-lib/core';
import { arn, grant, ownArn } from '../platform/statements.ts';

export interface BuilderPermissionsProps {
  readonly stage: string;
  readonly files: Asset;
  /** Keys whose public halves the image pins. */
  readonly signingKeyArns: readonly string[];
}

/**
 * Grants what a build instance does: be driven by Systems Manager, fetch its components and their files, and look up the
 * public keys that the image pins. These are the rights that AWS's managed policies for it grant, less those that are
 * not needed here; a test compares them, and names a reason for each difference.
 */
export const builderPermissions = ({
  stage,
  files,
  signingKeyArns,
}: BuilderPermissionsProps): PolicyStatement[] => [
  grant('ReadPublicKeys', ['kms:GetPublicKey'], signingKeyArns),
  grant(
    'ReadBuildFiles',
    ['s3:GetObject'],
    [
      files.bucket.arnForObjects(files.s3ObjectKey),
      arn(`s3:::ec2imagebuilder-toe-${Aws.REGION}-prod/*`),
      arn(`s3:::ec2imagebuilder-managed-resources-${Aws.REGION}-prod/*`),
    ],
  ),
  // A bucket of `cdk bootstrap` can have a key of the account's own. S3 decrypts with it in the name of who asks, for
  // the object, or for the whole bucket when it has a bucket key.
  grant('DecryptFiles', ['kms:Decrypt'], [ownArn('kms', 'key/*')], {
    StringEquals: {
      'kms:ViaService': [`s3.${Aws.REGION}.amazonaws.com`, `s3.${Aws.REGION}.${Aws.URL_SUFFIX}`],
      'kms:EncryptionContext:aws:s3:arn': [
        files.bucket.bucketArn,
        files.bucket.arnForObjects(files.s3ObjectKey),
      ],
    },
  }),
  grant(
    'ReadComponents',
    ['imagebuilder:GetComponent'],
    [ownArn('imagebuilder', `component/sealroot-${stage}-*/*`)],
  ),
  grant(
    'WriteBuildLogs',
    ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    [ownArn('logs', 'log-group:/aws/imagebuilder/*')],
  ),
  // Image Builder has the agent take stock of each image; a build ends when the agent cannot read what to do.
  grant(
    'ReadInventoryDocument',
    ['ssm:DescribeDocument', 'ssm:GetDocument'],
    [arn(`ssm:${Aws.REGION}::document/AWS-GatherSoftwareInventory`)],
  ),
  // The agent's own calls; AWS defines no resource for them.
  grant(
    'RunSystemsManagerAgent',
    [
      'ec2messages:AcknowledgeMessage',
      'ec2messages:DeleteMessage',
      'ec2messages:FailMessage',
      'ec2messages:GetEndpoint',
      'ec2messages:GetMessages',
      'ec2messages:SendReply',
      'ssm:DescribeAssociation',
      'ssm:ListAssociations',
      'ssm:ListInstanceAssociations',
      'ssm:PutComplianceItems',
      'ssm:PutInventory',
      'ssm:UpdateAssociationStatus',
      'ssm:UpdateInstanceAssociationStatus',
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    ['*'],
  ),
];
