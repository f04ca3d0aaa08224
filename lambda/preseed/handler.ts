import { ENV } from '../../protocol/names.ts';
import { kmsClient, kmsSigner } from '../platform/kms/signer.ts';
import { lazyInventory } from '../platform/ec2/lazy-inventory.ts';
import { delegatedKeySource } from '../domain/instances/delegation.ts';
import { parseRoles } from '../domain/instances/settings.ts';
import { kmsDataKeys } from '../domain/mailbox/data-keys.ts';
import { dynamodbMailbox } from '../domain/mailbox/dynamodb-mailbox.ts';
import { dynamodbClient } from '../domain/volumes/dynamodb-table.ts';
import { requireEnv } from '../platform/environment.ts';
import { logAudit, systemClock } from '../platform/system.ts';
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
