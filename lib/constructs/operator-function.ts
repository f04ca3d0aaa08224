import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ENV } from '../../protocol/names.ts';
import type { BundledFunction } from './bundled-function.ts';
import { contextOf } from './key-policy.ts';
import { RESEAL_ACTIONS } from './keys.ts';
import type { VolumeTable } from './volume-table.ts';

export interface OperatorGrants {
  readonly stage: string;
  readonly sealKey: IKey;
  readonly table: VolumeTable;
}

/** Settings and permissions of the operator's Lambda: it decides on volumes and never sees a key. */
export function equipOperator(lambda: BundledFunction, { stage, sealKey, table }: OperatorGrants): void {
  lambda.environment({
    [ENV.stage]: stage,
    [ENV.table]: table.table.tableName,
    [ENV.sealKey]: sealKey.keyArn,
  });
  lambda.allow({
    sid: 'Reseal',
    actions: RESEAL_ACTIONS,
    resources: [sealKey.keyArn],
    conditions: contextOf(stage),
  });
  lambda.allow({
    sid: 'Volumes',
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    resources: [table.table.tableArn],
  });
  lambda.allow({ sid: 'Lists', actions: ['dynamodb:Query'], resources: [table.indexArn] });
}
