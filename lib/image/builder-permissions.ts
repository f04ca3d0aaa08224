import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Aws } from 'aws-cdk-lib/core';

export interface BuilderPermissionsProps {
  readonly stage: string;
  readonly files: Asset;
  /** Keys whose public halves the image pins. */
  readonly signingKeyArns: readonly string[];
}

/**
 * What a build instance does: be driven by Systems Manager, fetch its components and their files, and look up the
 * public keys that the image pins. It is what AWS's managed policies for it grant, less what is not needed here.
 */
export function builderPermissions({
  stage,
  files,
  signingKeyArns,
}: BuilderPermissionsProps): PolicyStatement[] {
  const arn = (rest: string) => `arn:${Aws.PARTITION}:${rest}`;
  const here = `${Aws.REGION}:${Aws.ACCOUNT_ID}`;
  return [
    new PolicyStatement({
      sid: 'PublicKeys',
      actions: ['kms:GetPublicKey'],
      resources: [...signingKeyArns],
    }),
    new PolicyStatement({
      sid: 'Files',
      actions: ['s3:GetObject'],
      resources: [
        files.bucket.arnForObjects(files.s3ObjectKey),
        arn(`s3:::ec2imagebuilder-toe-${Aws.REGION}-prod/*`),
        arn(`s3:::ec2imagebuilder-managed-resources-${Aws.REGION}-prod/*`),
      ],
    }),
    new PolicyStatement({
      sid: 'Components',
      actions: ['imagebuilder:GetComponent'],
      resources: [arn(`imagebuilder:${here}:component/sealroot-${stage}-*/*`)],
    }),
    new PolicyStatement({
      sid: 'BuildLogs',
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [arn(`logs:${here}:log-group:/aws/imagebuilder/*`)],
    }),
    new PolicyStatement({
      // Image Builder has the agent take stock of each image; a build ends when the agent cannot read what to do.
      sid: 'Inventory',
      actions: ['ssm:DescribeDocument', 'ssm:GetDocument'],
      resources: [arn(`ssm:${Aws.REGION}::document/AWS-GatherSoftwareInventory`)],
    }),
    // The agent's own calls; AWS defines no resource for them.
    new PolicyStatement({
      sid: 'SystemsManagerAgent',
      actions: [
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
      resources: ['*'],
    }),
  ];
}
