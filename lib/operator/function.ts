import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as ENV from '../../protocol/environment.ts';
import { TABLE_INDEX } from '../../protocol/names.ts';
import { acknowledge } from '../platform/acknowledge.ts';
import type { BundledFunction } from '../platform/bundled-function.ts';
import { contextOf } from '../platform/key-policy.ts';
import { RESEAL_ACTIONS } from '../keyserver/keys.ts';
import { indexArn } from '../platform/kept-table.ts';

export interface OperatorGrants {
  readonly stage: string;
  readonly sealKey: IKey;
  readonly table: ITable;
  /** Denies an approval to the person who launched the instance. */
  readonly separationOfDuties: boolean;
}

/** Settings and permissions of the operator's Lambda: it decides on volumes and never sees a key. */
export function equipOperator(lambda: BundledFunction, grants: OperatorGrants): void {
  const { stage, sealKey, table, separationOfDuties } = grants;
  lambda.environment({
    [ENV.stage]: stage,
    [ENV.table]: table.tableName,
    [ENV.sealKey]: sealKey.keyArn,
    [ENV.separationOfDuties]: separationOfDuties ? 'required' : 'none',
  });
  lambda.allow({
    sid: 'ResealKeys',
    actions: RESEAL_ACTIONS,
    resources: [sealKey.keyArn],
    conditions: contextOf(stage),
  });
  lambda.allow({
    sid: 'KeepVolumes',
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    resources: [table.tableArn],
  });
  lambda.allow({
    sid: 'ListVolumes',
    actions: ['dynamodb:Query'],
    resources: [indexArn(table, TABLE_INDEX)],
  });
  if (!separationOfDuties) return;
  lambda.allow({ sid: 'LookUpLauncher', actions: ['ec2:DescribeInstances'], resources: ['*'] });
  acknowledge(
    lambda.role,
    'IAM5[Resource::*]',
    'EC2 knows no narrower resource for DescribeInstances, which says who launched an instance.',
  );
}
