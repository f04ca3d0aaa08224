import type { IRestApi } from 'aws-cdk-lib/aws-apigateway';
import type { ILaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ACCESS_ROLES, accessRoleName, type AccessRole } from '../../protocol/access.ts';
import { names, TAGS } from '../../protocol/names.ts';
import { OPERATOR_API } from '../../protocol/operations/apis.ts';
import type { Operation } from '../../protocol/operations/operation.ts';
import { Aws } from 'aws-cdk-lib/core';
import { mayDiagnose } from './diagnose.ts';
import { mayLaunch, mayOperate } from './launch.ts';
import { mayUseDiskKeys } from '../platform/disk-keys.ts';
import { MADE_BY_IMAGE_BUILDER } from '../platform/image-builder-tag.ts';
import { roleArn, type RoleUse } from '../platform/role-names.ts';
import { arn, grant, iamArn, ownArn } from '../platform/statements.ts';

export interface AccessTargets {
  readonly stage: string;
  readonly operatorApi: IRestApi;
  readonly launchTemplates: readonly ILaunchTemplate[];
  readonly recoveryKey: IKey;
  /** KMS keys of the volumes of instances and of the image's snapshots; none when EC2's own is used. */
  readonly diskKeyArns: readonly string[];
}

/** Rights of each role, once it is assumed. */
export const PERMISSIONS: Readonly<Record<AccessRole, (targets: AccessTargets) => PolicyStatement[]>> = {
  operator: (targets) => [
    mayCall('operator', targets),
    ...mayLaunch(targets.stage, targets.launchTemplates),
    mayOperate(targets.stage),
    // To launch and to start.
    ...mayUseDiskKeys(targets.diskKeyArns),
    // The pins of the image are compared with the stage's before a launch.
    mayRead('FindParameters', targets.stage, ['operatorApiParameter', 'amiParameter', 'pinsParameter']),
    // EC2 looks up the image with the caller's right.
    grant('FindImage', ['ssm:GetParameters'], [parameterArn(targets.stage, 'amiParameter')]),
    grant(
      'DescribeLaunchResources',
      ['ec2:DescribeImages', 'ec2:DescribeInstances', 'ec2:DescribeKeyPairs', 'ec2:DescribeLaunchTemplates'],
      ['*'],
    ),
  ],
  custodian: (targets) => [
    mayCall('custodian', targets),
    mayRead('FindOperatorApi', targets.stage, ['operatorApiParameter']),
    grant('DecryptRecoveryPassphrase', ['kms:Decrypt'], [targets.recoveryKey.keyArn], {
      StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' },
    }),
    grant('DescribeRecoveryKey', ['kms:DescribeKey'], [targets.recoveryKey.keyArn]),
    grant('DescribeInstances', ['ec2:DescribeInstances'], ['*']),
  ],
  auditor: (targets) => [
    mayCall('auditor', targets),
    mayRead('FindParameters', targets.stage, ['operatorApiParameter', 'amiParameter', 'pinsParameter']),
    ...mayReadLogs(serviceLogs(targets.stage)),
    ...maySeeAlarms(targets.stage),
    maySeeKeys(targets.stage),
    ...maySeeAccess(targets.stage),
    ...mayDiagnose(targets.stage),
    // CloudTrail alone records who recovered a disk.
    grant('LookUpEvents', ['cloudtrail:LookupEvents'], ['*']),
    grant(
      'DescribeFleet',
      [
        'ec2:DescribeImages',
        'ec2:DescribeInstances',
        'ec2:DescribeLaunchTemplates',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeVolumes',
        'ec2:DescribeVpcEndpoints',
      ],
      ['*'],
    ),
  ],
  maintainer: ({ stage }) => [
    ...mayBuild(stage),
    mayRead('FindImage', stage, ['amiParameter', 'pinsParameter']),
    ...mayReadLogs(buildLogs(stage)),
    ...mayDiagnose(stage),
    maySeeBuildConsole(stage),
    grant('DescribeImagesAndInstances', ['ec2:DescribeImages', 'ec2:DescribeInstances'], ['*']),
  ],
};

/** Exactly the role's operations of the operator API. A parameter of a path is any text without a route of its own. */
function mayCall(role: AccessRole, { stage, operatorApi }: AccessTargets): PolicyStatement {
  const operations: readonly Operation<AccessRole>[] = Object.values(OPERATOR_API);
  const own = operations.filter(({ callers }) => callers.includes(role));
  const api = ownArn('execute-api', `${operatorApi.restApiId}/${stage}`);
  return grant(
    'CallOperatorApi',
    ['execute-api:Invoke'],
    own.map(({ method, path }) => `${api}/${method}${path.replaceAll(/\{\w+\}/g, '*')}`),
  );
}

type Parameter = 'amiParameter' | 'operatorApiParameter' | 'pinsParameter';

const parameterArn = (stage: string, parameter: Parameter): string =>
  ownArn('ssm', `parameter${names(stage)[parameter]}`);

const mayRead = (sid: string, stage: string, parameters: readonly Parameter[]): PolicyStatement =>
  grant(
    sid,
    ['ssm:GetParameter'],
    parameters.map((parameter) => parameterArn(stage, parameter)),
  );

/** Stacks whose Lambdas and APIs keep logs and have alarms. */
const SERVICES = ['Keyserver', 'Operator', 'Preseed'];

/** CloudFormation names them after their stack; no stage's name can have the capital in it that follows here. */
const serviceLogs = (stage: string): string[] =>
  SERVICES.map((service) => ownArn('logs', `log-group:Sealroot-${stage}-${service}-*`));

/** The groups of the steps and of the pipeline, and the streams in them: calls ask for the one or for the other. */
const buildLogs = (stage: string): string[] =>
  [names(stage).imageRecipe, `pipeline/${names(stage).imagePipeline}`].flatMap((name) => {
    const group = ownArn('logs', `log-group:/aws/imagebuilder/${name}`);
    return [group, `${group}:*`];
  });

function mayReadLogs(groups: readonly string[]): PolicyStatement[] {
  return [
    grant(
      'ReadLogs',
      ['logs:DescribeLogStreams', 'logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:StartQuery'],
      groups,
    ),
    grant('FindLogs', ['logs:DescribeLogGroups', 'logs:GetQueryResults'], ['*']),
  ];
}

function maySeeAlarms(stage: string): PolicyStatement[] {
  const own = SERVICES.map((service) => ownArn('cloudwatch', `alarm:Sealroot-${stage}-${service}-*`));
  return [
    grant('ReadAlarmHistory', ['cloudwatch:DescribeAlarmHistory'], own),
    grant('ReadAlarms', ['cloudwatch:DescribeAlarms'], ['*']),
  ];
}

/** Of every key that has an alias of the stage's. */
function maySeeKeys(stage: string): PolicyStatement {
  const aliases = ['seal', 'signing', 'recovery', 'preseed-seal', 'preseed-signing'];
  return grant(
    'SeeKeys',
    ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus', 'kms:ListResourceTags'],
    [ownArn('kms', 'key/*')],
    {
      'ForAnyValue:StringEquals': {
        'kms:ResourceAliases': aliases.map((alias) => `alias/sealroot-${stage}-${alias}`),
      },
    },
  );
}

/** Roles of the stage with their rights, as they are deployed. */
function maySeeAccess(stage: string): PolicyStatement[] {
  const services: readonly RoleUse[] = ['keyserver', 'operator', 'preseed', 'instance', 'builder'];
  const people = ACCESS_ROLES.map((role) => iamArn(`role/${accessRoleName(stage, Aws.REGION, role)}`));
  return [
    grant(
      'SeeRoles',
      ['iam:GetRole', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies', 'iam:ListRolePolicies'],
      [...services.map((use) => roleArn(stage, use)), ...people],
    ),
  ];
}

/** The last words of an instance that an image of the stage is built or tested on: a boot that fails has no log but it. */
const maySeeBuildConsole = (stage: string): PolicyStatement =>
  grant('ReadBuildConsole', ['ec2:GetConsoleOutput'], [ownArn('ec2', 'instance/*')], {
    StringEquals: { [`aws:ResourceTag/${TAGS.stage}`]: stage, ...MADE_BY_IMAGE_BUILDER },
  });

/** Image Builder names images after their recipe, and pipelines by their own name. */
function mayBuild(stage: string): PolicyStatement[] {
  const { imagePipeline, imageRecipe } = names(stage);
  const pipeline = ownArn('imagebuilder', `image-pipeline/${imagePipeline}`);
  const images = ownArn('imagebuilder', `image/${imageRecipe}/*`);
  return [
    grant(
      'Build',
      [
        'imagebuilder:GetImagePipeline',
        'imagebuilder:ListImagePipelineImages',
        'imagebuilder:StartImagePipelineExecution',
      ],
      [pipeline],
    ),
    grant(
      'FollowBuilds',
      [
        'imagebuilder:CancelImageCreation',
        'imagebuilder:GetImage',
        'imagebuilder:ListImageBuildVersions',
        'imagebuilder:ListWorkflowExecutions',
        'imagebuilder:RetryImage',
      ],
      [images],
    ),
    grant(
      'SeeRecipe',
      ['imagebuilder:GetImageRecipe'],
      [ownArn('imagebuilder', `image-recipe/${imageRecipe}/*`)],
    ),
    // Image Builder knows no resource for it.
    grant('SeePipelines', ['imagebuilder:ListImagePipelines'], ['*']),
    grant(
      'SeeSteps',
      ['imagebuilder:ListWorkflowStepExecutions'],
      [arn(`imagebuilder:${Aws.REGION}:${Aws.ACCOUNT_ID}:workflow-execution/*`)],
    ),
  ];
}
