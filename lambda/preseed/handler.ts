import * as ENV from '../../protocol/environment.ts';
import { delegatedKeySource } from '../domain/instances/delegation.ts';
import { parseRoles } from '../domain/instances/settings.ts';
import { mailbox, MAILBOX_TABLE } from '../domain/mailbox/mailbox.ts';
import { MAILBOX_KEY_BYTES } from '../domain/mailbox/sealing.ts';
import { dynamodbClient } from '../platform/dynamodb/client.ts';
import { dynamodbQuery } from '../platform/dynamodb/query.ts';
import { dynamodbTable } from '../platform/dynamodb/table.ts';
import { lazyInventory } from '../platform/ec2/lazy-inventory.ts';
import { requireEnv } from '../platform/environment.ts';
import { kmsClient } from '../platform/kms/client.ts';
import { kmsSigner } from '../platform/kms/signer.ts';
import { kmsDecrypt, kmsDrawKey } from '../platform/kms/symmetric.ts';
import { logAudit, systemClock } from '../platform/system.ts';
import { preseedApi } from './operations.ts';

const kms = kmsClient();
const dynamodb = dynamodbClient();
const table = { name: requireEnv(ENV.preseedTable), ...MAILBOX_TABLE };
const sealKey = requireEnv(ENV.preseedSealKey);
const signer = kmsSigner(kms, requireEnv(ENV.preseedSigningKey));

export const handler = preseedApi({
  settings: {
    stage: requireEnv(ENV.stage),
    instanceRoles: parseRoles(requireEnv(ENV.instanceRoles)),
    vpcId: requireEnv(ENV.vpcId),
    vpcEndpointId: requireEnv(ENV.vpcEndpointId),
    imageRecipe: requireEnv(ENV.imageRecipe),
    region: requireEnv('AWS_REGION'),
  },
  mailbox: mailbox(dynamodbTable(dynamodb, table), dynamodbQuery(dynamodb, table)),
  drawKey: kmsDrawKey(kms, sealKey, MAILBOX_KEY_BYTES),
  openKey: kmsDecrypt(kms, sealKey),
  // Only a registration needs EC2.
  inventory: lazyInventory(),
  delegatedKey: delegatedKeySource(signer, systemClock, 'preseed'),
  clock: systemClock,
  audit: logAudit,
});
