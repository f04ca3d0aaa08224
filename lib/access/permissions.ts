import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ACCESS_ROLES, accessRoleName, ROUTE_ROLES, type AccessRole } from '../../protocol/access.ts';
import { names } from '../../protocol/names.ts';
import { OPERATOR_ROUTES, SERVER_ROUTES, type Route } from '../../protocol/routes.ts';
import { Aws } from 'aws-cdk-lib/core';
import { mayLaunch, mayOperate } from './launch.ts';
import { roleArn, type RoleUse } from '../platform/role-names.ts';
import { arn, grant, iamArn, ownArn } from '../platform/statements.ts';

export interface AccessTargets {
  readonly stage: string;
  readonly operatorApiId: string;
  readonly launchTemplateId: string;
  readonly recoveryKeyArn: string;
}

/** What each role may do, once it is assumed. */
export const PERMISSIONS: Readonly<Record<AccessRole, (targets: AccessTargets) => PolicyStatement[]>> = {
  operator: (targets) => [
    mayCall('operator', targets),
    ...mayLaunch(targets.stage, targets.launchTemplateId),
    mayOperate(targets.stage),
    mayRead('FindParameters', targets.stage, ['operatorApiParameter', 'amiParameter']),
    // EC2 looks up the image with the caller's right.
    grant('FindImage', ['ssm:GetParameters'], [parameterArn(targets.stage, 'amiParameter')]),
    grant('Look', ['ec2:DescribeInstances', 'ec2:DescribeKeyPairs'], ['*']),
  ],
  custodian: (targets) => [
    mayCall('custodian', targets),
    mayRead('FindOperatorApi', targets.stage, ['operatorApiParameter']),
    grant('Recover', ['kms:Decrypt'], [targets.recoveryKeyArn], {
      StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' },
    }),
    grant('KnowRecoveryKey', ['kms:DescribeKey'], [targets.recoveryKeyArn]),
    grant('Look', ['ec2:DescribeInstances'], ['*']),
  ],
  auditor: (targets) => [
    mayCall('auditor', targets),
    mayRead('FindParameters', targets.stage, ['operatorApiParameter', 'amiParameter']),
    ...mayReadLogs(serviceLogs(targets.stage)),
    ...maySeeAlarms(targets.stage),
    maySeeKeys(targets.stage),
    ...maySeeAccess(targets.stage),
    grant(
      'Look',
      [
        // Who recovered a disk is in CloudTrail and nowhere else.
        'cloudtrail:LookupEvents',
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
    mayRead('FindImage', stage, ['amiParameter']),
    ...mayReadLogs(buildLogs(stage)),
    grant('Look', ['ec2:DescribeImages'], ['*']),
  ],
};

/** Exactly the role's routes of the operator API. A parameter of a path is any text without a route of its own. */
function mayCall(role: AccessRole, { stage, operatorApiId }: AccessTargets): PolicyStatement {
  const routes = Object.entries<Route>({ ...OPERATOR_ROUTES, ...SERVER_ROUTES });
  const own = routes.filter(([name]) => ROUTE_ROLES[name as keyof typeof ROUTE_ROLES].includes(role));
  const api = ownArn('execute-api', `${operatorApiId}/${stage}`);
  return grant(
    'OperatorApi',
    ['execute-api:Invoke'],
    own.map(([, { method, path }]) => `${api}/${method}${path.replaceAll(/\{\w+\}/g, '*')}`),
  );
}

type Parameter = 'amiParameter' | 'operatorApiParameter';

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

/** The group, and the streams in it: calls ask for the one or for the other. */
const buildLogs = (stage: string): string[] => {
  const group = ownArn('logs', `log-group:/aws/imagebuilder/${names(stage).imageRecipe}`);
  return [group, `${group}:*`];
};

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
    grant('AlarmHistory', ['cloudwatch:DescribeAlarmHistory'], own),
    grant('Alarms', ['cloudwatch:DescribeAlarms'], ['*']),
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

/** Who may do what, as it is deployed. */
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

/** Image Builder names images after their recipe, and pipelines by their own name. */
function mayBuild(stage: string): PolicyStatement[] {
  const { imageRecipe } = names(stage);
  const pipeline = ownArn('imagebuilder', `image-pipeline/sealroot-${stage}`);
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
      ],
      [images],
    ),
    grant(
      'SeeRecipe',
      ['imagebuilder:GetImageRecipe'],
      [ownArn('imagebuilder', `image-recipe/${imageRecipe}/*`)],
    ),
    grant('SeePipelines', ['imagebuilder:ListImagePipelines'], [ownArn('imagebuilder', 'image-pipeline/*')]),
    grant(
      'SeeSteps',
      ['imagebuilder:ListWorkflowStepExecutions'],
      [arn(`imagebuilder:${Aws.REGION}:${Aws.ACCOUNT_ID}:workflow-execution/*`)],
    ),
  ];
}
