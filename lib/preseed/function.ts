import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IInterfaceVpcEndpoint, IVPCRef } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as ENV from '../../protocol/environment.ts';
import { names, PRESEED_INDEX } from '../../protocol/names.ts';
import type { BundledFunction } from '../platform/bundled-function.ts';
import { indexArn } from '../platform/kept-table.ts';
import { mayLookAtInstances } from '../platform/look-at-instances.ts';
import { roleName } from '../platform/role-names.ts';
import { preseedContext } from './keys.ts';

export interface PreseedGrants {
  readonly stage: string;
  readonly sealKey: IKey;
  readonly table: ITable;
}

export interface PreseedServiceGrants extends PreseedGrants {
  readonly signingKey: IKey;
  /** VPC of the instances that may ask, and the endpoint that their requests come through. */
  readonly vpc: IVPCRef;
  readonly endpoint: IInterfaceVpcEndpoint;
}

const ITEMS = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'];

/** Settings and permissions of the preseed Lambda: it hands messages to the instance that registered, and to no other. */
export function equipPreseed(lambda: BundledFunction, props: PreseedServiceGrants): void {
  const { stage, sealKey, signingKey, table } = props;
  lambda.environment({
    [ENV.stage]: stage,
    [ENV.preseedTable]: table.tableName,
    [ENV.preseedSealKey]: sealKey.keyArn,
    [ENV.preseedSigningKey]: signingKey.keyArn,
    // Not the builder's: an image under test has nothing to be told.
    [ENV.instanceRoles]: roleName(stage, 'instance'),
    [ENV.vpcId]: props.vpc.vpcRef.vpcId,
    [ENV.vpcEndpointId]: props.endpoint.vpcEndpointId,
    [ENV.imageRecipe]: names(stage).imageRecipe,
  });
  const seal = [sealKey.keyArn];
  lambda.allow({
    sid: 'OpenMessages',
    actions: ['kms:Decrypt'],
    resources: seal,
    conditions: preseedContext(stage, 'preseed-message', 'preseed-secret'),
  });
  lambda.allow({
    sid: 'DrawSecrets',
    actions: ['kms:GenerateDataKey'],
    resources: seal,
    conditions: preseedContext(stage, 'preseed-secret'),
  });
  lambda.allow({ sid: 'SignAnswers', actions: ['kms:Sign'], resources: [signingKey.keyArn] });
  lambda.allow({ sid: 'KeepMailboxes', actions: ITEMS, resources: [table.tableArn] });
  mayLookAtInstances(lambda);
}

/** Lets the operator's Lambda publish messages: it can seal them, and open none. */
export function equipPublisher(lambda: BundledFunction, { stage, sealKey, table }: PreseedGrants): void {
  lambda.environment({
    [ENV.preseedTable]: table.tableName,
    [ENV.preseedSealKey]: sealKey.keyArn,
  });
  lambda.allow({
    sid: 'SealMessages',
    actions: ['kms:GenerateDataKey'],
    resources: [sealKey.keyArn],
    conditions: preseedContext(stage, 'preseed-message'),
  });
  lambda.allow({ sid: 'KeepMailboxes', actions: ITEMS, resources: [table.tableArn] });
  lambda.allow({
    sid: 'ListServers',
    actions: ['dynamodb:Query'],
    resources: [indexArn(table, PRESEED_INDEX)],
  });
}
