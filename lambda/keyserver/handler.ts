import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ENV } from '../../protocol/names.ts';
import { parseReadyRequest, parseReleaseRequest } from '../../protocol/release.ts';
import { INSTANCE_ROUTES } from '../../protocol/routes.ts';
import { api } from '../volumes/adapters/api-gateway.ts';
import { dynamodbTable } from '../volumes/adapters/dynamodb-table.ts';
import { requireEnv } from '../volumes/adapters/environment.ts';
import { SDK_OPTIONS } from '../volumes/adapters/sdk.ts';
import { logAudit, systemClock, systemRandom } from '../volumes/adapters/system.ts';
import { kmsRecoveryKey, kmsSealKey, kmsSigner } from './adapters/kms.ts';
import { lazyInventory } from './adapters/lazy-inventory.ts';
import { answerReady, answerRelease, type Call } from './core/answers.ts';
import { delegatedKeySource } from './core/delegation.ts';
import type { Deps } from './core/deps.ts';
import { parsePolicy, parseRoles } from './core/settings.ts';

const MAX_BODY_BYTES = 32_768;

const kms = new KMSClient(SDK_OPTIONS);
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
  table: dynamodbTable(new DynamoDBClient(SDK_OPTIONS), requireEnv(ENV.table)),
  sealKey: kmsSealKey(kms, requireEnv(ENV.sealKey)),
  recoveryKey: kmsRecoveryKey(kms, requireEnv(ENV.recoveryKey)),
  inventory: lazyInventory(),
  delegatedKey: delegatedKeySource(kmsSigner(kms, requireEnv(ENV.signingKey)), systemClock),
  clock: systemClock,
  random: systemRandom,
  audit: logAudit,
};

export const handler = api(
  INSTANCE_ROUTES,
  {
    release: (event) => answerRelease(deps, callOf(event), parseReleaseRequest(event.body)),
    ready: (event) => answerReady(deps, callOf(event), parseReadyRequest(event.body)),
    health: () => Promise.resolve({ ok: { status: 'ok', stage: deps.settings.stage } }),
  },
  { maxBodyBytes: MAX_BODY_BYTES, audit: logAudit },
);

function callOf({ requestContext }: APIGatewayProxyEvent): Call {
  const { requestId: request, accountId, identity } = requestContext;
  // API Gateway sends both with a private API; the type of the event is older than that.
  const { vpcId, vpceId } = identity as { vpcId?: string; vpceId?: string };
  const { userArn, sourceIp } = identity;
  return { request, identity: { userArn, sourceIp, vpcId, vpceId, accountId } };
}
