import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { parseObject } from '../../../protocol/schema.ts';
import type { AwsKeys } from '../../aws/clients.ts';

/** Endpoint for all regions of the partition `aws`; others have no plans. */
const ENDPOINT = 'https://freetier.us-east-1.api.aws/';
const REGION = 'us-east-1';
const TIMEOUT_MS = 30_000;

/**
 * Asks which plan an account is on (https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_freetier_GetAccountPlanState.html).
 * One signed request: a client for one call of one service is not worth its weight.
 *
 * @returns undefined for an account from before there were plans.
 * @throws Error with the service's error code as its name, as the SDK does.
 */
export async function accountPlan(
  keys: AwsKeys,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<'FREE' | 'PAID' | undefined> {
  const url = new URL(env['AWS_ENDPOINT_URL_FREETIER'] ?? env['AWS_ENDPOINT_URL'] ?? ENDPOINT);
  const signer = new SignatureV4({ service: 'freetier', region: REGION, credentials: keys, sha256: Sha256 });
  const body = '{}';
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: '/',
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AWSFreeTierService.GetAccountPlanState',
    },
    body,
  });
  const patience = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const response = await fetch(url, { method: 'POST', headers, body, signal: patience }).catch(unreached);
  const answer = members(await response.text());
  if (response.ok) return answer['accountPlanType'] === 'FREE' ? 'FREE' : 'PAID';
  const name = (text(answer['__type']) ?? `HTTP ${response.status}`).replace(/^.*#/, '');
  if (name === 'ResourceNotFoundException') return undefined;
  const message = text(answer['message']) ?? text(answer['Message']) ?? '';
  throw Object.assign(new Error(message), { name, $fault: response.status < 500 ? 'client' : 'server' });
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function members(body: string): Record<string, unknown> {
  try {
    return parseObject(body);
  } catch {
    return {};
  }
}

/** `fetch` hides what node says of a connection inside its own error. */
function unreached(error: unknown): never {
  throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
}
