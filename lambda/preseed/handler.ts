import { ENV } from '../../protocol/names.ts';
import { kmsClient, kmsSigner } from '../instances/adapters/kms.ts';
import { lazyInventory } from '../instances/adapters/lazy-inventory.ts';
import { delegatedKeySource } from '../instances/core/delegation.ts';
import { parseRoles } from '../instances/core/settings.ts';
import { kmsDataKeys } from '../mailbox/adapters/data-keys.ts';
import { dynamodbMailbox } from '../mailbox/adapters/dynamodb-mailbox.ts';
import { dynamodbClient } from '../volumes/adapters/dynamodb-table.ts';
import { requireEnv } from '../volumes/adapters/environment.ts';
import { logAudit, systemClock } from '../volumes/adapters/system.ts';
import { kmsOpener } from './adapters/kms.ts';
import type { Deps } from './core/deps.ts';
import { preseedApi } from './routes.ts';

const kms = kmsClient();
const sealKey = requireEnv(ENV.preseedSealKey);
const signer = kmsSigner(kms, requireEnv(ENV.preseedSigningKey));
const deps: Deps = {
  settings: {
    stage: requireEnv(ENV.stage),
    instanceRoles: parseRoles(requireEnv(ENV.instanceRoles)),
    vpcId: requireEnv(ENV.vpcId),
    vpcEndpointId: requireEnv(ENV.vpcEndpointId),
    imageRecipe: requireEnv(ENV.imageRecipe),
    region: requireEnv('AWS_REGION'),
  },
  mailbox: dynamodbMailbox(dynamodbClient(), requireEnv(ENV.preseedTable)),
  drawKey: kmsDataKeys(kms, sealKey),
  openKey: kmsOpener(kms, sealKey),
  inventory: lazyInventory(),
  delegatedKey: delegatedKeySource(signer, systemClock, 'preseed'),
  clock: systemClock,
  audit: logAudit,
};

export const handler = preseedApi(deps);
