import { CfnInstanceProfile, Role, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge.ts';
import { ec2Principal } from './partition.ts';
import { roleName } from './role-names.ts';

export interface InstanceIdentityProps {
  readonly stage: string;
  readonly use: 'instance' | 'builder';
  readonly description: string;
  readonly statements: readonly PolicyStatement[];
  /** Reason why some of their resources have wildcards. @default - none has */
  readonly wildcards?: string;
}

/**
 * Role and profile of instances. Only EC2 may assume it, which names every session after its instance: that name is
 * how the keyserver knows who asks, so nobody else may ever be trusted by this role.
 */
export class InstanceIdentity extends Construct {
  readonly role: Role;
  readonly profile: CfnInstanceProfile;

  constructor(scope: Construct, id: string, props: InstanceIdentityProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      roleName: roleName(props.stage, props.use),
      assumedBy: ec2Principal(this),
      description: props.description,
    });
    for (const statement of props.statements) this.role.addToPolicy(statement);
    if (props.wildcards !== undefined) acknowledgeWildcards(this, props.statements, props.wildcards);
    this.profile = new CfnInstanceProfile(this, 'Profile', { roles: [this.role.roleName] });
  }
}
