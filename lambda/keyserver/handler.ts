import { ENV } from '../../protocol/names.ts';
import { kmsClient, kmsSigner } from '../instances/adapters/kms.ts';
import { lazyInventory } from '../instances/adapters/lazy-inventory.ts';
import { delegatedKeySource } from '../instances/core/delegation.ts';
import { parseRoles } from '../instances/core/settings.ts';
import { dynamodbClient, dynamodbTable } from '../volumes/adapters/dynamodb-table.ts';
import { requireEnv } from '../volumes/adapters/environment.ts';
import { logAudit, systemClock, systemRandom } from '../volumes/adapters/system.ts';
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
