import * as ENV from '../../protocol/environment.ts';
import { DISK_KEY_BYTES } from '../../protocol/release.ts';
import { delegatedKeySource } from '../domain/instances/delegation.ts';
import { parseRoles } from '../domain/instances/settings.ts';
import { VOLUME_TABLE } from '../domain/volumes/table.ts';
import { dynamodbClient } from '../platform/dynamodb/client.ts';
import { dynamodbTable } from '../platform/dynamodb/table.ts';
import { lazyInventory } from '../platform/ec2/lazy-inventory.ts';
import { requireEnv } from '../platform/environment.ts';
import { kmsClient } from '../platform/kms/client.ts';
import { kmsPublicKey } from '../platform/kms/public-key.ts';
import { kmsSigner } from '../platform/kms/signer.ts';
import { kmsDecrypt, kmsDrawKey, kmsEncrypt } from '../platform/kms/symmetric.ts';
import { logAudit, systemClock, systemRandom } from '../platform/system.ts';
import { parsePolicy } from './core/settings.ts';
import { keyserverApi } from './operations.ts';

const kms = kmsClient();
const sealKey = requireEnv(ENV.sealKey);

export const handler = keyserverApi({
  settings: {
    stage: requireEnv(ENV.stage),
    instanceRoles: parseRoles(requireEnv(ENV.instanceRoles)),
    vpcId: requireEnv(ENV.vpcId),
    vpcEndpointId: requireEnv(ENV.vpcEndpointId),
    imageRecipe: requireEnv(ENV.imageRecipe),
    region: requireEnv('AWS_REGION'),
    policy: parsePolicy(requireEnv(ENV.policy)),
  },
  table: dynamodbTable(dynamodbClient(), { name: requireEnv(ENV.table), ...VOLUME_TABLE }),
  sealKey: {
    generate: kmsDrawKey(kms, sealKey, DISK_KEY_BYTES),
    seal: kmsEncrypt(kms, sealKey),
    unseal: kmsDecrypt(kms, sealKey),
  },
  recoveryKey: kmsPublicKey(kms, requireEnv(ENV.recoveryKey)),
  // An unlock does without EC2, and does not pay for its client.
  inventory: lazyInventory(),
  delegatedKey: delegatedKeySource(kmsSigner(kms, requireEnv(ENV.signingKey)), systemClock, 'release'),
  clock: systemClock,
  random: systemRandom,
  audit: logAudit,
});
