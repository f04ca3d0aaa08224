import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ACCESS_ROLES, type AccessRole as AccessRoleUse } from '../../protocol/access.ts';
import type { StageConfig } from '../config.ts';
import { AccessBoundary } from './boundary.ts';
import { AccessMembers } from './members.ts';
import { PERMISSIONS } from './permissions.ts';
import { AccessRole } from './role.ts';
import { MfaGuard } from './mfa-guard.ts';
import type { FleetStack } from '../fleet/stack.ts';
import type { KeyserverStack } from '../keyserver/stack.ts';
import type { OperatorStack } from '../operator/stack.ts';

/** Why a role's policy has wildcards. */
const WILDCARDS: Readonly<Record<AccessRoleUse, string>> = {
  operator:
    'Instances and volumes get their ids at the launch, and conditions hold it to the stage’s template, image and tags; parameters of API paths; EC2 knows no narrower resource for Describe calls.',
  custodian: 'Parameters of API paths; EC2 knows no narrower resource for Describe calls.',
  auditor:
    'Parameters of API paths; log groups, alarms and keys get their names or ids at deployment, and are told by their stack or alias; CloudTrail, CloudWatch, CloudWatch Logs and EC2 know no narrower resource for the calls that list.',
  maintainer:
    'Builds, and the steps of their workflows, get their numbers and ids while they run; EC2, CloudWatch Logs and Image Builder know no narrower resource for the calls that list.',
};

/** The roles that people assume, and what keeps them to MFA. */
export class AccessStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    stage: StageConfig,
    keyserver: KeyserverStack,
    operator: OperatorStack,
    fleet: FleetStack,
    props: StackProps,
  ) {
    super(scope, id, props);
    const { name, access } = stage;
    this.addStackDependency(operator);
    const boundary = new AccessBoundary(this, 'Boundary', name);
    const guard = new MfaGuard(this, 'Guard', name);
    new AccessMembers(this, 'Members', { stage: name, access, guardArn: guard.policyArn });
    const targets = {
      stage: name,
      // By its export, whose name cdk-nag prints: an acknowledgement has to repeat it.
      operatorApiId: operator.exportValue(operator.api.api.restApiId),
      launchTemplateId: fleet.template.templateId,
      recoveryKeyArn: keyserver.keys.recovery.keyArn,
    };
    for (const use of ACCESS_ROLES) {
      const id = `${use.charAt(0).toUpperCase()}${use.slice(1)}`;
      const role = new AccessRole(this, id, {
        stage: name,
        use,
        config: access.roles[use],
        boundaryArn: boundary.policyArn,
        statements: PERMISSIONS[use](targets),
        wildcards: WILDCARDS[use],
      });
      new CfnOutput(this, `${id}RoleArn`, { value: role.arn });
    }
    new CfnOutput(this, 'GuardPolicyArn', { value: guard.policyArn });
  }
}
