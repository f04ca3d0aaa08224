import { CfnOutput } from 'aws-cdk-lib/core';
import type { IManagedPolicy, IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ACCESS_ROLES, type AccessRole as AccessRoleUse } from '../../protocol/access.ts';
import type { FleetStack } from '../fleet/stack.ts';
import type { KeyserverStack } from '../keyserver/stack.ts';
import type { OperatorStack } from '../operator/stack.ts';
import { StageStack, type StageStackProps } from '../platform/stage-stack.ts';
import { AccessBoundary } from './boundary.ts';
import type { AccessConfig } from './config.ts';
import { AccessMembers } from './members.ts';
import { MfaGuard } from './mfa-guard.ts';
import { PERMISSIONS } from './permissions.ts';
import { AccessRole } from './role.ts';

/** Reasons why a role's policy has wildcards. */
const WILDCARDS: Readonly<Record<AccessRoleUse, string>> = {
  operator:
    'Instances and volumes get their ids at the launch, and conditions hold it to the stage’s template, image and tags; parameters of API paths; EC2 knows no narrower resource for Describe calls.',
  custodian: 'Parameters of API paths; EC2 knows no narrower resource for Describe calls.',
  auditor:
    'Parameters of API paths; log groups, alarms and keys get their names or ids at deployment, and are told by their stack or alias; CloudTrail, CloudWatch, CloudWatch Logs, EC2, Service Quotas and the Free Tier API know no narrower resource for the calls that list; stacks get their ids at deployment, and public parameters are everybody’s.',
  maintainer:
    'Builds, the instances and the steps of their workflows get their numbers and ids while they run, and instances are told by their tags; EC2, CloudWatch Logs, Image Builder, Service Quotas and the Free Tier API know no narrower resource for the calls that list; stacks get their ids at deployment, and public parameters are everybody’s.',
};

export interface AccessStackProps extends StageStackProps {
  readonly keyserver: KeyserverStack;
  readonly operator: OperatorStack;
  readonly fleet: FleetStack;
  readonly access: AccessConfig;
  /** KMS keys of the volumes of instances and of the image's snapshots; none when EC2's own is used. */
  readonly diskKeyArns: readonly string[];
}

/** The roles that people assume, and what keeps them to MFA. */
export class AccessStack extends StageStack {
  readonly roles: Readonly<Record<AccessRoleUse, IRole>>;
  readonly guard: IManagedPolicy;

  constructor(scope: Construct, id: string, props: AccessStackProps) {
    super(scope, id, props, 'roles of people');
    const { stage, access } = props;
    const boundary = new AccessBoundary(this, 'Boundary', { stage }).policy;
    this.guard = new MfaGuard(this, 'Guard', { stage }).policy;
    new AccessMembers(this, 'Members', { stage, access, guard: this.guard });
    const targets = {
      stage,
      operatorApi: props.operator.api.in(this),
      launchTemplates: props.fleet.templateLinks.map((link) => link.in(this)),
      recoveryKey: props.keyserver.recoveryKey.in(this),
      diskKeyArns: props.diskKeyArns,
    };
    const role = (use: AccessRoleUse): IRole => {
      const id = `${use.charAt(0).toUpperCase()}${use.slice(1)}`;
      const statements = PERMISSIONS[use](targets);
      const { role: one } = new AccessRole(this, id, {
        ...{ stage, use, boundary, statements, config: access.roles[use], wildcards: WILDCARDS[use] },
      });
      new CfnOutput(this, `${id}RoleArn`, { value: one.roleArn });
      return one;
    };
    this.roles = Object.fromEntries(ACCESS_ROLES.map((use) => [use, role(use)])) as Record<
      AccessRoleUse,
      IRole
    >;
    new CfnOutput(this, 'GuardPolicyArn', { value: this.guard.managedPolicyArn });
  }
}
