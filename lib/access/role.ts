import {
  CfnRole,
  PolicyDocument,
  Role,
  type IManagedPolicy,
  type IRole,
  type PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { accessRoleName, type AccessRole as AccessRoleUse } from '../../protocol/access.ts';
import type { RoleConfig } from './config.ts';
import { acknowledgeWildcards } from '../platform/acknowledge.ts';
import { trustPolicy } from './trust.ts';

export interface AccessRoleProps {
  readonly stage: string;
  readonly use: AccessRoleUse;
  readonly config: RoleConfig;
  readonly boundary: IManagedPolicy;
  readonly statements: readonly PolicyStatement[];
  /** Reason why some of their resources have wildcards. */
  readonly wildcards: string;
}

/** A role that people assume. Trust, boundary and permissions are one resource: it never exists with a part of them. */
export class AccessRole extends Construct {
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: AccessRoleProps) {
    super(scope, id);
    const { stage, use, config, statements } = props;
    const resource = new CfnRole(this, 'Role', {
      roleName: accessRoleName(stage, Aws.REGION, use),
      description: `Sealroot ${stage}: ${use}, assumed by people, with MFA`,
      assumeRolePolicyDocument: trustPolicy(config),
      maxSessionDuration: config.sessionSeconds,
      permissionsBoundary: props.boundary.managedPolicyArn,
      policies: [
        {
          policyName: 'permissions',
          policyDocument: new PolicyDocument({ statements: [...statements], minimize: false }),
        },
      ],
    });
    acknowledgeWildcards(this, statements, props.wildcards);
    this.role = Role.fromRoleArn(this, 'Imported', resource.attrArn, { mutable: false });
  }
}
