import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ACCESS_ROLES, type AccessRole } from '../../protocol/access.ts';
import type { AccessConfig } from './config.ts';
import { acknowledgeWildcards } from '../platform/acknowledge.ts';
import { ownDevice, ownUser } from './mfa-guard.ts';
import { NamedPolicy } from './named-policy.ts';
import { accessRoleArn } from '../platform/role-names.ts';
import { grant } from '../platform/statements.ts';

const membersName = (stage: string): string => `sealroot-${stage}-${Aws.REGION}-members`;

const WITH_MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };

export interface AccessMembersProps {
  readonly stage: string;
  readonly access: AccessConfig;
  readonly guard: IManagedPolicy;
}

/**
 * Policies that users of the account need before they have a role: for their own device, the guard, and the right to
 * assume. One is for everybody, and one for each role, attached to the users whom the configuration names; an
 * administrator may attach it to others.
 */
export class AccessMembers extends Construct {
  constructor(scope: Construct, id: string, { stage, access, guard }: AccessMembersProps) {
    super(scope, id);
    const everybody = ACCESS_ROLES.map((role) => attached(access, role));
    const own = [
      grant('ManageOwnDevice', ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'], [ownDevice()]),
      grant(
        'SeeOwnUser',
        ['iam:GetUser', 'iam:ListAttachedUserPolicies', 'iam:ListMFADevices', 'iam:ResyncMFADevice'],
        ownUser(),
      ),
      // A security key has no name to be unique by: with stolen keys one could be a second device.
      grant('EnableDevice', ['iam:EnableMFADevice'], ownUser(), {
        Null: { 'iam:RegisterSecurityKey': 'true' },
      }),
      grant('EnableAnyDevice', ['iam:EnableMFADevice'], ownUser(), WITH_MFA),
      grant('AttachGuard', ['iam:AttachUserPolicy'], ownUser(), {
        ArnEquals: { 'iam:PolicyARN': guard.managedPolicyArn },
      }),
      grant('DetachGuard', ['iam:DetachUserPolicy'], ownUser(), {
        ...WITH_MFA,
        ArnEquals: { 'iam:PolicyARN': guard.managedPolicyArn },
      }),
      grant('ReplaceDevice', ['iam:DeactivateMFADevice'], ownUser(), WITH_MFA),
    ];
    acknowledgeWildcards(
      this,
      own,
      'A user at any path, and only the one who asks: names are unique in an account whatever their path.',
    );
    new NamedPolicy(this, 'Policy', {
      name: membersName(stage),
      statements: own,
      ...attachment({
        users: unique(everybody.flatMap(({ users }) => users)),
        groups: unique(everybody.flatMap(({ groups }) => groups)),
      }),
    });
    for (const role of ACCESS_ROLES) {
      const statements = [
        grant('AssumeRole', ['iam:GetRole', 'sts:AssumeRole'], [accessRoleArn(stage, role)]),
      ];
      new NamedPolicy(this, role, {
        name: `${membersName(stage)}-${role}`,
        statements,
        ...attachment(attached(access, role)),
      });
    }
  }
}

interface Attached {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** By name alone: a path is part of a user's ARN only. */
const attached = ({ roles }: AccessConfig, role: AccessRole): Attached => ({
  users: roles[role].principals.users.map((user) => user.slice(user.lastIndexOf('/') + 1)),
  groups: roles[role].principals.groups,
});

const unique = (values: readonly string[]): string[] => [...new Set(values)];

const attachment = ({ users, groups }: Attached) => ({
  ...(users.length === 0 ? {} : { users: [...users] }),
  ...(groups.length === 0 ? {} : { groups: [...groups] }),
});
