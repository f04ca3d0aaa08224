import { Aws } from 'aws-cdk-lib/core';
import { accessRoleName, type AccessRole } from '../../protocol/access.ts';

/** Holders of a role: three services, the instances that run, and the ones that images are built and tested on. */
export type RoleUse = 'keyserver' | 'operator' | 'preseed' | 'instance' | 'builder';

/**
 * Roles of a stage have fixed names, so that a policy in one stack can name a role of a later one: the keyserver
 * knows which roles may ask, the seal key who may move a volume. The region is in the name since IAM has none.
 */
export const roleName = (stage: string, use: RoleUse): string => `sealroot-${stage}-${Aws.REGION}-${use}`;

export const roleArn = (stage: string, use: RoleUse): string =>
  `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${roleName(stage, use)}`;

/** Of a role that people assume. */
export const accessRoleArn = (stage: string, role: AccessRole): string =>
  `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${accessRoleName(stage, Aws.REGION, role)}`;
