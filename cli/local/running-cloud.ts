import { dirname, join } from 'node:path';
import { DaemonDocument, EnvironmentDocument, LOCAL_STATE_FILES } from '../../protocol/local-state.ts';
import { Failure } from '../failure.ts';
import { readState } from './state.ts';

/** A local cloud that runs, as its state directory tells. */
export interface RunningCloud {
  /** Path of the state directory. */
  readonly state: string;
  readonly endpoint: string;
  readonly pid: number;
  /** Variables that point an AWS SDK or CLI at it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Variables that would lead an SDK elsewhere than to the endpoint and keys of the local cloud. */
const MISLEADING =
  /^AWS_(PROFILE|DEFAULT_PROFILE|SESSION_TOKEN|SECURITY_TOKEN|ENDPOINT_URL\w*|IGNORE_CONFIGURED_ENDPOINT_URLS|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_\w+)$/;

/**
 * Finds the local cloud that belongs to `cwd` or one of its parents, else to the clone that the CLI runs from.
 *
 * @throws Failure `unavailable` when none runs.
 */
export function findRunningCloud(cwd: string, clone: string | undefined): RunningCloud {
  for (const directory of [...withParents(cwd), ...(clone === undefined ? [] : [clone])]) {
    const cloud = readRunningCloud(join(directory, '.sealroot'));
    if (cloud !== undefined) return cloud;
  }
  throw new Failure(
    'unavailable',
    'The local cloud is not running.',
    (suggest) => `Start it: ${suggest('local up')}`,
  );
}

/** Names to remove from an environment before the local cloud's are set. */
export const misleading = (env: NodeJS.ProcessEnv): string[] =>
  Object.keys(env).filter((name) => MISLEADING.test(name));

/** Points this process, and with it the AWS SDK, at the local cloud. */
export function useRunningCloud(env: NodeJS.ProcessEnv, cloud: RunningCloud): void {
  for (const name of misleading(env)) Reflect.deleteProperty(env, name);
  Object.assign(env, cloud.environment);
}

function withParents(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...withParents(parent)];
}

function readRunningCloud(directory: string): RunningCloud | undefined {
  const daemon = readState(directory, LOCAL_STATE_FILES.daemon, DaemonDocument);
  // While the local cloud starts it has no endpoint yet.
  if (daemon?.endpoint === undefined || !isRunning(daemon.pid)) return undefined;
  const environment = readState(directory, LOCAL_STATE_FILES.environment, EnvironmentDocument);
  if (environment === undefined) return undefined;
  const { endpoint, pid } = daemon;
  return { state: directory, endpoint, pid, environment: environment.variables };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
