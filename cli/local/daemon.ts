import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseObject } from '../../protocol/fields.ts';
import { Failure } from '../failure.ts';

/** What the local cloud writes to `.sealroot/` while it runs: `daemon.json`, and `environment.json` beside it. */
export interface Daemon {
  /** Its state directory. */
  readonly state: string;
  readonly endpoint: string;
  readonly pid: number;
  /** What points an AWS SDK or CLI at it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Variables that would lead an SDK elsewhere than to the endpoint and keys of the local cloud. */
const MISLEADING =
  /^AWS_(PROFILE|DEFAULT_PROFILE|SESSION_TOKEN|SECURITY_TOKEN|ENDPOINT_URL\w*|IGNORE_CONFIGURED_ENDPOINT_URLS|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_\w+)$/;

/**
 * Finds the local cloud that belongs to `cwd` or one of its parents, else to this clone.
 *
 * @throws Failure `unavailable` when none runs.
 */
export function findDaemon(cwd: string, clone: string): Daemon {
  for (const directory of [...withParents(cwd), clone]) {
    const daemon = readDaemon(join(directory, '.sealroot'));
    if (daemon !== undefined && isRunning(daemon.pid)) return daemon;
  }
  throw new Failure('unavailable', 'The local cloud is not running.', 'Start it: npx sealroot local up');
}

/** Names to remove from an environment before the daemon's are set. */
export const misleading = (env: NodeJS.ProcessEnv): string[] =>
  Object.keys(env).filter((name) => MISLEADING.test(name));

/** Points this process, and with it the AWS SDK, at the local cloud. */
export function useDaemon(env: NodeJS.ProcessEnv, daemon: Daemon): void {
  for (const name of misleading(env)) Reflect.deleteProperty(env, name);
  Object.assign(env, daemon.environment);
}

function withParents(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...withParents(parent)];
}

function readDaemon(directory: string): Daemon | undefined {
  const daemon = readDocument(join(directory, 'daemon.json'));
  // While the local cloud starts it has no endpoint yet.
  if (daemon === undefined || daemon['endpoint'] === '') return undefined;
  const environment = daemon['environment'] ?? readDocument(join(directory, 'environment.json'));
  const { endpoint, pid } = daemon;
  // A file in a parent directory may be somebody else's: it may lead to this machine only, with keys of its own.
  if (typeof endpoint !== 'string' || !isLoopback(endpoint)) throw wrong(directory, 'endpoint');
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) throw wrong(directory, 'pid');
  if (!isEnvironment(environment)) throw wrong(directory, 'environment');
  return { state: directory, endpoint, pid, environment };
}

function readDocument(file: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return parseObject(text);
  } catch {
    throw wrong(file, 'not a JSON object');
  }
}

const wrong = (where: string, what: string): Failure =>
  new Failure(
    'unexpected',
    `${where} does not hold what the local cloud writes: ${what}.`,
    'Start it again: npx sealroot local down, then npx sealroot local up',
  );

function isEnvironment(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null) return false;
  const variables = Object.entries(value);
  const valid = variables.every(
    ([name, text]) =>
      /^AWS_[A-Z0-9_]+$/.test(name) &&
      typeof text === 'string' &&
      (!name.startsWith('AWS_ENDPOINT_URL') || isLoopback(text)),
  );
  return (
    valid && ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].every((name) => name in value)
  );
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(new URL(url).hostname);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
