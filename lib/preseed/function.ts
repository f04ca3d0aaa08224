import { ENV, names } from '../../protocol/names.ts';
import type { BundledFunction } from '../platform/bundled-function.ts';
import { mayLookAtInstances } from '../platform/look-at-instances.ts';
import { preseedContext, type PreseedKeys } from './keys.ts';
import type { PreseedTable } from './table.ts';
import { roleName } from '../platform/role-names.ts';

export interface PreseedGrants {
  readonly stage: string;
  readonly keys: PreseedKeys;
  readonly table: PreseedTable;
}

export interface PreseedPlace extends PreseedGrants {
  readonly vpcId: string;
  readonly vpcEndpointId: string;
}

const ITEMS = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'];

/** Settings and permissions of the preseed Lambda: it hands messages to the instance that registered, and to no other. */
export function equipPreseed(lambda: BundledFunction, props: PreseedPlace): void {
  const { stage, keys, table } = props;
  lambda.environment({
    [ENV.stage]: stage,
    [ENV.preseedTable]: table.table.tableName,
    [ENV.preseedSealKey]: keys.seal.keyArn,
    [ENV.preseedSigningKey]: keys.signing.keyArn,
    // Not the builder's: an image under test has nothing to be told.
    [ENV.instanceRoles]: roleName(stage, 'instance'),
    [ENV.vpcId]: props.vpcId,
    [ENV.vpcEndpointId]: props.vpcEndpointId,
    [ENV.imageRecipe]: names(stage).imageRecipe,
  });
  const seal = [keys.seal.keyArn];
  lambda.allow({
    sid: 'Open',
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
  lambda.allow({ sid: 'Sign', actions: ['kms:Sign'], resources: [keys.signing.keyArn] });
  lambda.allow({ sid: 'Mailboxes', actions: ITEMS, resources: [table.table.tableArn] });
  mayLookAtInstances(lambda);
}

/** What the operator's Lambda publishes messages with: it can seal them, and open none. */
export function equipPublisher(lambda: BundledFunction, { stage, keys, table }: PreseedGrants): void {
  lambda.environment({
    [ENV.preseedTable]: table.table.tableName,
    [ENV.preseedSealKey]: keys.seal.keyArn,
  });
  lambda.allow({
    sid: 'SealMessages',
    actions: ['kms:GenerateDataKey'],
    resources: [keys.seal.keyArn],
    conditions: preseedContext(stage, 'preseed-message'),
  });
  lambda.allow({ sid: 'Mailboxes', actions: ITEMS, resources: [table.table.tableArn] });
  lambda.allow({ sid: 'Servers', actions: ['dynamodb:Query'], resources: [table.indexArn] });
}
