import { ENV } from '../../protocol/names.ts';
import { kmsDataKeys } from '../domain/mailbox/data-keys.ts';
import type { ApiHandler } from '../platform/api-gateway.ts';
import { dynamodbClient } from '../domain/volumes/dynamodb-table.ts';
import { requireEnv } from '../platform/environment.ts';
import { logAudit, systemClock, systemRandom } from '../platform/system.ts';
import { operatorTable } from './adapters/dynamodb-list.ts';
import { dynamodbServers } from './adapters/dynamodb-servers.ts';
import { kmsReseal, operatorKms } from './adapters/kms.ts';
import { lazyLauncherOf } from './adapters/lazy-launcher.ts';
import { parseSeparation } from './core/settings.ts';
import { operatorApi } from './routes.ts';
import { serverApi } from './server-routes.ts';

const dynamodb = dynamodbClient();
const volumes = operatorApi({
  stage: requireEnv(ENV.stage),
  table: operatorTable(dynamodb, requireEnv(ENV.table)),
  reseal: kmsReseal(requireEnv(ENV.sealKey)),
  launcherOf: parseSeparation(requireEnv(ENV.separationOfDuties)) ? lazyLauncherOf() : undefined,
  clock: systemClock,
  random: systemRandom,
  audit: logAudit,
});

const servers = serverApi({
  stage: requireEnv(ENV.stage),
  mailbox: dynamodbServers(dynamodb, requireEnv(ENV.preseedTable)),
  drawKey: kmsDataKeys(operatorKms(), requireEnv(ENV.preseedSealKey)),
  clock: systemClock,
  audit: logAudit,
});

/** Two halves of one API: servers and their messages, volumes and the requests that wait. */
export const handler: ApiHandler = (event) =>
  event.resource.startsWith('/v1/preseed/') ? servers(event) : volumes(event);
