/** Grants, as `ACTION on RESOURCE` or an action on all that it names, and why one side has them and the other has not. */
export type Differences = Readonly<Record<string, readonly string[]>>;

export interface Comparison {
  /** The role's policy in the image template. */
  readonly policy: RegExp;
  readonly awsPolicies: readonly string[];
  /** AWS's policies have it, the role has not. */
  readonly notNeeded: Differences;
  /** The role has it, AWS's policies have not. */
  readonly beyond: Differences;
  /** Both have it, but on other conditions. */
  readonly conditions: Differences;
}

export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  'the role that Image Builder builds with': {
    policy: /^ExecutionRole/,
    awsPolicies: ['EC2ImageBuilderExecutionPolicy', 'AWSServiceRoleForImageBuilder'],
    notNeeded: {
      'no build instance has a key pair, a license or a dedicated host': [
        'ec2:RunInstances on arn:aws:ec2:*:*:key-pair/*',
        'ec2:RunInstances on arn:aws:license-manager:*:*:license-configuration:*',
        'ec2:DescribeHosts',
        'license-manager:UpdateLicenseSpecificationsForResource',
      ],
      'a launch template names the image by a parameter: distribution changes none, and launches by none': [
        'ec2:RunInstances on arn:aws:ec2:*:*:launch-template/*',
        'ec2:CreateLaunchTemplate',
        'ec2:CreateLaunchTemplateVersion',
        'ec2:DescribeLaunchTemplateVersions',
        'ec2:DescribeLaunchTemplates',
        'ec2:ModifyLaunchTemplate',
      ],
      'the image stays in its region and account, and is shared with nobody': [
        'ec2:ModifySnapshotAttribute',
        'sts:AssumeRole on arn:aws:iam::*:role/EC2ImageBuilderDistributionCrossAccountRole',
      ],
      'images are neither imported nor exported': [
        'ec2:CancelExportTask',
        'ec2:DescribeExportImageTasks',
        'ec2:DescribeImportImageTasks',
        'ec2:ExportImage',
      ],
      'fast launch and Sysprep are Windows’': [
        'ec2:EnableFastLaunch',
        'ssm:SendCommand on arn:aws:ssm:*:*:document/AWS-RunPowerShellScript',
        'ssm:SendCommand on arn:aws:ssm:*:*:document/AWSEC2-RunSysprep',
      ],
      'the build ends in CreateImage: no workflow of ours registers an image': ['ec2:RegisterImage'],
      'the recipe has no watermarks': ['ec2:AttachImageWatermark'],
      'no vulnerability scan is configured': [
        'ecr:BatchDeleteImage',
        'ecr:CreateRepository',
        'ecr:TagResource',
        'events:DeleteRule',
        'events:DescribeRule',
        'events:PutRule',
        'events:PutTargets',
        'events:RemoveTargets',
        'inspector2:ListCoverage',
        'inspector2:ListFindings',
      ],
      'no topic is told of builds': ['sns:Publish'],
      'output of commands goes to CloudWatch Logs': ['ssm:SendCommand on arn:aws:s3:::*'],
      'automations were how images were built before workflows: AWS’s policy for roles like ours leaves them out':
        ['ssm:GetAutomationExecution', 'ssm:SendAutomationSignal', 'ssm:StopAutomationExecution'],
      'EC2 encrypts no volume or snapshot by Encrypt: its own list of what it calls leaves it out': [
        'kms:Encrypt',
      ],
      'the image’s id goes to a parameter of the stage’s': [
        'ssm:GetParameter on arn:aws:ssm:*:*:parameter/imagebuilder/*',
        'ssm:PutParameter on arn:aws:ssm:*:*:parameter/imagebuilder/*',
      ],
    },
    beyond: {
      'the launch template and the command line look for the image’s id there': [
        'ssm:GetParameter on arn:aws:ssm:eu-west-1:111122223333:parameter/sealroot/dev/ami',
        'ssm:PutParameter on arn:aws:ssm:eu-west-1:111122223333:parameter/sealroot/dev/ami',
      ],
    },
    conditions: {
      'no image or snapshot is made out to be of another stage': [
        'ec2:CreateTags on arn:aws:ec2:eu-west-1::image/* only with aws:requesttag/sealroot:stage',
        'ec2:CreateTags on arn:aws:ec2:eu-west-1::snapshot/* only with aws:requesttag/sealroot:stage',
      ],
      'the pipeline’s ARN has the account in it': [
        'imagebuilder:StartImagePipelineExecution on arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/sealroot-dev without aws:resourceaccount',
        'imagebuilder:TagResource on arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/sealroot-dev without aws:resourceaccount',
      ],
    },
  },
  'the role of the instances that an image is built and tested on': {
    policy: /^BuilderRole/,
    awsPolicies: ['EC2InstanceProfileForImageBuilder', 'AmazonSSMManagedInstanceCore'],
    notNeeded: {
      'images are made of other images, not of ISO files': [
        'ec2:CreateSnapshot',
        'ec2:CreateTags',
        'ec2:DescribeSnapshots',
        'ec2:DescribeVolumes',
      ],
      'no component is from the Marketplace': ['imagebuilder:GetMarketplaceResource'],
      'the agent installs no patches and no packages': [
        'ssm:GetDeployablePatchSnapshotForInstance',
        'ssm:GetManifest',
        'ssm:PutConfigurePackageResult',
      ],
      'no document that runs here refers to a parameter, and any parameter may be a secret': [
        'ssm:GetParameter',
        'ssm:GetParameters',
      ],
    },
    beyond: {
      'the image pins the public keys': ['kms:GetPublicKey'],
      'the image’s files are an asset of the CDK app': ['s3:GetObject'],
      'the test asks the keyserver for the disk key, as any instance does': ['execute-api:Invoke'],
    },
    conditions: {
      'AWS’s is for components that are encrypted, and none of ours is: what is decrypted here are the image’s files in S3':
        [
          'kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/* only with kms:viaservice',
          'kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/* only with kms:encryptioncontext:aws:s3:arn',
          'kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/* without kms:encryptioncontextkeys',
          'kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/* without aws:calledvia',
        ],
    },
  },
};
