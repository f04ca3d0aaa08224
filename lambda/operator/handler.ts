import * as ENV from '../../protocol/environment.ts';
import { OPERATOR_API } from '../../protocol/operations/apis.ts';
import { mailbox, MAILBOX_TABLE } from '../domain/mailbox/mailbox.ts';
import { MAILBOX_KEY_BYTES } from '../domain/mailbox/sealing.ts';
import { VOLUME_TABLE } from '../domain/volumes/table.ts';
import { api } from '../platform/api.ts';
import { dynamodbClient } from '../platform/dynamodb/client.ts';
import { dynamodbQuery } from '../platform/dynamodb/query.ts';
import { dynamodbTable } from '../platform/dynamodb/table.ts';
import { lazyInventory } from '../platform/ec2/lazy-inventory.ts';
import { requireEnv } from '../platform/environment.ts';
import { kmsClient } from '../platform/kms/client.ts';
import { kmsReEncrypt } from '../platform/kms/re-encrypt.ts';
import { kmsDrawKey } from '../platform/kms/symmetric.ts';
import { logAudit, systemClock, systemRandom } from '../platform/system.ts';
import { parseSeparation } from './core/settings.ts';
import { serverHandlers } from './server-operations.ts';
import { requestHandlers, volumeHandlers } from './volume-operations.ts';

const stage = requireEnv(ENV.stage);
const dynamodb = dynamodbClient();
const kms = kmsClient();
const system = { clock: systemClock, random: systemRandom, audit: logAudit };

const volumes = { name: requireEnv(ENV.table), ...VOLUME_TABLE };
const volumeDeps = {
  stage,
  table: dynamodbTable(dynamodb, volumes),
  query: dynamodbQuery(dynamodb, volumes),
  reseal: kmsReEncrypt(kms, requireEnv(ENV.sealKey)),
  launched: parseSeparation(requireEnv(ENV.separationOfDuties)) ? lazyInventory() : undefined,
  ...system,
};

const servers = { name: requireEnv(ENV.preseedTable), ...MAILBOX_TABLE };
const serverQuery = dynamodbQuery(dynamodb, servers);
const serverDeps = {
  stage,
  mailbox: mailbox(dynamodbTable(dynamodb, servers), serverQuery),
  query: serverQuery,
  drawKey: kmsDrawKey(kms, requireEnv(ENV.preseedSealKey), MAILBOX_KEY_BYTES),
  ...system,
};

export const handler = api(
  OPERATOR_API,
  { ...volumeHandlers(volumeDeps), ...requestHandlers(volumeDeps), ...serverHandlers(serverDeps) },
  { audit: logAudit },
);
