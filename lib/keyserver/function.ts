import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IInterfaceVpcEndpoint, IVPCRef } from 'aws-cdk-lib/aws-ec2';
import * as ENV from '../../protocol/environment.ts';
import { names } from '../../protocol/names.ts';
import type { BundledFunction } from '../platform/bundled-function.ts';
import { contextOf } from '../platform/key-policy.ts';
import { mayLookAtInstances } from '../platform/look-at-instances.ts';
import { roleName } from '../platform/role-names.ts';
import type { KeyserverConfig } from './config.ts';
import { SEAL_ACTIONS, type Keys } from './keys.ts';

export interface KeyserverGrants {
  readonly stage: string;
  readonly policy: KeyserverConfig['policy'];
  readonly keys: Keys;
  readonly table: ITable;
  /** VPC of the instances that may ask, and the endpoint that their requests come through. */
  readonly vpc: IVPCRef;
  readonly endpoint: IInterfaceVpcEndpoint;
}

/** Settings and permissions of the keyserver's Lambda: what it releases a key with, and nothing besides. */
export function equipKeyserver(lambda: BundledFunction, props: KeyserverGrants): void {
  const { stage, keys, table } = props;
  lambda.environment({
    [ENV.stage]: stage,
    [ENV.table]: table.tableName,
    [ENV.sealKey]: keys.seal.keyArn,
    [ENV.signingKey]: keys.signing.keyArn,
    [ENV.recoveryKey]: keys.recovery.keyArn,
    [ENV.instanceRoles]: [roleName(stage, 'instance'), roleName(stage, 'builder')].join(','),
    [ENV.vpcId]: props.vpc.vpcRef.vpcId,
    [ENV.vpcEndpointId]: props.endpoint.vpcEndpointId,
    [ENV.imageRecipe]: names(stage).imageRecipe,
    [ENV.policy]: JSON.stringify(props.policy),
  });
  lambda.allow({
    sid: 'SealAndOpenKeys',
    actions: SEAL_ACTIONS,
    resources: [keys.seal.keyArn],
    conditions: contextOf(stage),
  });
  lambda.allow({ sid: 'SignAnswers', actions: ['kms:Sign'], resources: [keys.signing.keyArn] });
  lambda.allow({ sid: 'ReadRecoveryKey', actions: ['kms:GetPublicKey'], resources: [keys.recovery.keyArn] });
  lambda.allow({
    sid: 'KeepVolumes',
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    resources: [table.tableArn],
  });
  mayLookAtInstances(lambda);
}
