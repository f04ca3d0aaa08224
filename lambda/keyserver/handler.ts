import { ENV } from '../../protocol/names.ts';
import { kmsClient, kmsSigner } from '../platform/kms/signer.ts';
import { lazyInventory } from '../platform/ec2/lazy-inventory.ts';
import { delegatedKeySource } from '../domain/instances/delegation.ts';
import { parseRoles } from '../domain/instances/settings.ts';
import { dynamodbClient, dynamodbTable } from '../domain/volumes/dynamodb-table.ts';
import { requireEnv } from '../platform/environment.ts';
import { logAudit, systemClock, systemRandom } from '../platform/system.ts';
import { kmsRecoveryKey, kmsSealKey } from './adapters/kms.ts';
import type { Deps } from './core/deps.ts';
import { parsePolicy } from './core/settings.ts';
import { keyserverApi } from './routes.ts';

const kms = kmsClient();
const deps: Deps = {
  settings: {
    stage: requireEnv(ENV.stage),
    instanceRoles: parseRoles(requireEnv(ENV.instanceRoles)),
    vpcId: requireEnv(ENV.vpcId),
    vpcEndpointId: requireEnv(ENV.vpcEndpointId),
    imageRecipe: requireEnv(ENV.imageRecipe),
    region: requireEnv('AWS_REGION'),
    policy: parsePolicy(requireEnv(ENV.policy)),
  },
  table: dynamodbTable(dynamodbClient(), requireEnv(ENV.table)),
  sealKey: kmsSealKey(kms, requireEnv(ENV.sealKey)),
  recoveryKey: kmsRecoveryKey(kms, requireEnv(ENV.recoveryKey)),
  inventory: lazyInventory(),
  delegatedKey: delegatedKeySource(kmsSigner(kms, requireEnv(ENV.signingKey)), systemClock, 'release'),
  clock: systemClock,
  random: systemRandom,
  audit: logAudit,
};

export const handler = keyserverApi(deps);
