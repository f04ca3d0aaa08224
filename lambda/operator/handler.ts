import { ENV } from '../../protocol/names.ts';
import { dynamodbClient } from '../volumes/adapters/dynamodb-table.ts';
import { requireEnv } from '../volumes/adapters/environment.ts';
import { logAudit, systemClock, systemRandom } from '../volumes/adapters/system.ts';
import { operatorTable } from './adapters/dynamodb-list.ts';
import { kmsReseal } from './adapters/kms.ts';
import { lazyLauncherOf } from './adapters/lazy-launcher.ts';
import { parseSeparation } from './core/settings.ts';
import { operatorApi } from './routes.ts';

export const handler = operatorApi({
  stage: requireEnv(ENV.stage),
  table: operatorTable(dynamodbClient(), requireEnv(ENV.table)),
  reseal: kmsReseal(requireEnv(ENV.sealKey)),
  launcherOf: parseSeparation(requireEnv(ENV.separationOfDuties)) ? lazyLauncherOf() : undefined,
  clock: systemClock,
  random: systemRandom,
  audit: logAudit,
});
