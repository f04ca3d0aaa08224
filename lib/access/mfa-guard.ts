import { Effect, ManagedPolicy, PolicyStatement, type IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ACCESS_ROLES } from '../../protocol/access.ts';
import { accessRoleArn } from '../platform/role-names.ts';
import { iamArn, refuse } from '../platform/statements.ts';
import { NamedPolicy } from './named-policy.ts';

/** Holds for keys without MFA, which lack the condition key, and for a console sign-in without it, which has it. */
const WITHOUT_MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };

/** A user by name, at any path; names are unique in an account whatever their path. */
export const ownUser = (): string[] => [iamArn('user/${aws:username}'), iamArn('user/*/${aws:username}')];

/** The only virtual device that a user may make: while it exists, no second one can have its name. */
export const ownDevice = (): string => iamArn('mfa/${aws:username}');

/** Actions that enrolling takes, after an abandoned try too: a device that is in use cannot be deleted. */
const ENROLMENT_OF_DEVICE = ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'];
const ENROLMENT_OF_USER = ['iam:EnableMFADevice', 'iam:GetUser', 'iam:ListMFADevices'];
/** Actions that name the caller and open a session: GetSessionToken and AssumeRole take the code themselves. */
const SIGN_IN = ['sts:GetCallerIdentity', 'sts:GetSessionToken'];
/** The trust policies of these roles ask for MFA; how long a session may be is read beforehand. */
const ROLES = ['iam:GetRole', 'sts:AssumeRole'];

export const guardName = (stage: string): string => `sealroot-${stage}-${Aws.REGION}-mfa-guard`;

export interface MfaGuardProps {
  readonly stage: string;
}

/** Attached to a user or group, it denies all that is done without MFA but enrolling the first device. */
export class MfaGuard extends Construct {
  readonly policy: IManagedPolicy;

  constructor(scope: Construct, id: string, { stage }: MfaGuardProps) {
    super(scope, id);
    const statements = [
      new PolicyStatement({
        sid: 'DenyWithoutMfa',
        effect: Effect.DENY,
        notActions: [...ENROLMENT_OF_DEVICE, ...ENROLMENT_OF_USER, ...SIGN_IN, ...ROLES],
        resources: ['*'],
        conditions: WITHOUT_MFA,
      }),
      outside('DenyOtherDevices', ENROLMENT_OF_DEVICE, [ownDevice()]),
      outside('DenyOtherUsers', ENROLMENT_OF_USER, ownUser()),
      outside(
        'OwnRolesOnly',
        ROLES,
        ACCESS_ROLES.map((role) => accessRoleArn(stage, role)),
      ),
      // A security key has no name to be unique by. The condition key is there when one is being registered.
      refuse('DenySecurityKey', ['iam:EnableMFADevice'], ['*'], {
        ...WITHOUT_MFA,
        Null: { 'iam:RegisterSecurityKey': 'false' },
      }),
    ];
    const resource = new NamedPolicy(this, 'Policy', { name: guardName(stage), statements });
    this.policy = ManagedPolicy.fromManagedPolicyArn(this, 'Imported', resource.ref);
  }
}

function outside(sid: string, actions: string[], resources: string[]): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.DENY,
    actions,
    notResources: resources,
    conditions: WITHOUT_MFA,
  });
}
