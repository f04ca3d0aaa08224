import type { ILaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { TAGS } from '../../protocol/names.ts';
import { EC2_SERVICES } from '../platform/partition.ts';
import { roleArn } from '../platform/role-names.ts';
import { arn, grant, ownArn } from '../platform/statements.ts';

/**
 * Launching by one of the stage's launch templates, with its image, network and role, and tagged with who launches.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html
 */
export function mayLaunch(stage: string, launchTemplates: readonly ILaunchTemplate[]): PolicyStatement[] {
  const templates = launchTemplates.map(({ launchTemplateId = '' }) =>
    ownArn('ec2', `launch-template/${launchTemplateId}`),
  );
  const byTemplate = { ArnEquals: { 'ec2:LaunchTemplate': templates } };
  const tagged = {
    [`aws:RequestTag/${TAGS.stage}`]: stage,
    // IAM puts in the caller: nobody can launch in another's name.
    [`aws:RequestTag/${TAGS.launchedBy}`]: '${aws:userid}',
  };
  const instances = ownArn('ec2', 'instance/*');
  const volumes = ownArn('ec2', 'volume/*');
  return [
    grant('Launch', ['ec2:RunInstances'], [instances], {
      ...byTemplate,
      StringEquals: { ...tagged, 'ec2:MetadataHttpTokens': 'required' },
      // The template says the same, but a request could set them otherwise.
      NumericLessThanEquals: { 'ec2:MetadataHttpPutResponseHopLimit': '1' },
    }),
    grant('LaunchDisks', ['ec2:RunInstances'], [volumes], { ...byTemplate, StringEquals: tagged }),
    grant(
      'LaunchInto',
      ['ec2:RunInstances'],
      ['network-interface', 'security-group', 'subnet'].map((type) => ownArn('ec2', `${type}/*`)),
      { ...byTemplate, Bool: { 'ec2:IsLaunchTemplateResource': 'true' } },
    ),
    grant('LaunchImage', ['ec2:RunInstances'], [arn(`ec2:${Aws.REGION}::image/*`)], {
      ...byTemplate,
      StringEquals: { [`aws:ResourceTag/${TAGS.stage}`]: stage },
    }),
    grant('LaunchTemplate', ['ec2:RunInstances'], templates),
    grant('TagOnLaunch', ['ec2:CreateTags'], [instances, volumes], {
      StringEquals: { 'ec2:CreateAction': 'RunInstances', ...tagged },
    }),
    grant('PassInstanceRole', ['iam:PassRole'], [roleArn(stage, 'instance')], {
      StringEquals: { 'iam:PassedToService': EC2_SERVICES },
    }),
  ];
}

/** Instances that were launched by somebody: those that Image Builder tests on have the stage's tag too. */
export function mayOperate(stage: string): PolicyStatement {
  const actions = [
    'GetConsoleOutput',
    'RebootInstances',
    'StartInstances',
    'StopInstances',
    'TerminateInstances',
  ];
  return grant(
    'OperateInstances',
    actions.map((action) => `ec2:${action}`),
    [ownArn('ec2', 'instance/*')],
    {
      StringEquals: { [`aws:ResourceTag/${TAGS.stage}`]: stage },
      StringLike: { [`aws:ResourceTag/${TAGS.launchedBy}`]: '*' },
    },
  );
}
