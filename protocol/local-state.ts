/**
 * The files of a local cloud's state directory, `.sealroot/`, that others may read: the local cloud writes them, the
 * command line finds it by them. `local-state.schema.json` says the same for other programs, and
 * docs/reference/local-state.md in words. Everything else in the directory is the local cloud's own.
 */

/** Raised when a reader of the former version would misunderstand a document. Members may be added without. */
export const LOCAL_STATE_VERSION = 1;

export const LOCAL_STATE_FILES = {
  /** The process that runs the local cloud: {@link DaemonDocument}. */
  daemon: 'daemon.json',
  /** Variables that point an AWS SDK at it: {@link EnvironmentDocument}. */
  environment: 'environment.json',
  /** Virtual MFA devices: {@link MfaDocument}. */
  mfa: 'mfa.json',
} as const;

interface Versioned {
  readonly version: typeof LOCAL_STATE_VERSION;
}

export interface DaemonDocument extends Versioned {
  readonly pid: number;
  /** When the process began, in clock ticks since boot (proc(5)): tells it from a later one with the same id. */
  readonly began: string;
  /** `http://127.0.0.1:PORT`; empty while it starts. */
  readonly endpoint: string;
}

export interface EnvironmentDocument extends Versioned {
  /** `AWS_...` by name. Endpoints are on this machine. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A virtual MFA device (RFC 6238, SHA-1, six digits, steps of 30 seconds). */
export interface MfaDevice {
  /** The part of its ARN after `mfa/`. */
  readonly name: string;
  /** The TOTP secret, base 32. */
  readonly seed: string;
  /** Absent until it is enabled for a user. */
  readonly user?: string;
  /** ISO 8601, UTC. */
  readonly enabled?: string;
  /** Step of the last code that was accepted; every code up to it is spent. */
  readonly used?: number;
}

export interface MfaDocument extends Versioned {
  /** By name. */
  readonly devices: Readonly<Record<string, MfaDevice>>;
}

/** Why a document cannot be read: written by another version, or not at all by a local cloud. */
export class LocalStateError extends Error {
  override readonly name = 'LocalStateError';
  readonly code: 'version' | 'malformed';
  constructor(code: LocalStateError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const ENDPOINT = /^http:\/\/127\.0\.0\.1:[1-9][0-9]{0,4}$/;
/** Base 32 in whole groups of five bytes, so that nothing is left over. */
const SEED = /^([A-Z2-7]{8}){2,16}$/;
const DEVICE_NAME = /^[\w+=,.@-]{1,226}$/;

/** Text of a document as it is written. */
export const formatDocument = (members: object): string =>
  `${JSON.stringify({ version: LOCAL_STATE_VERSION, ...members }, null, 2)}\n`;

/** @throws LocalStateError */
export function parseDaemon(text: string): DaemonDocument {
  const { version, members } = open(text);
  const { pid, began, endpoint } = members;
  if (!isWhole(pid) || pid < 1) throw malformed('pid');
  if (typeof began !== 'string' || !/^\d+$/.test(began)) throw malformed('began');
  if (typeof endpoint !== 'string' || !(endpoint === '' || ENDPOINT.test(endpoint)))
    throw malformed('endpoint');
  return { version, pid, began, endpoint };
}

const NEEDED = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'];

/**
 * A file in a parent directory may be somebody else's: its variables lead an SDK to this machine and nowhere else, with
 * keys of its own.
 *
 * @throws LocalStateError
 */
export function parseEnvironment(text: string): EnvironmentDocument {
  const { version, members } = open(text);
  const variables = record(members['variables'], 'variables');
  for (const [name, value] of Object.entries(variables)) {
    if (!/^AWS_[A-Z0-9_]+$/.test(name) || typeof value !== 'string') throw malformed(`variables.${name}`);
    if (name.startsWith('AWS_ENDPOINT_URL') && !ENDPOINT.test(value)) throw malformed(`variables.${name}`);
  }
  const missing = NEEDED.find((name) => !Object.hasOwn(variables, name));
  if (missing !== undefined) throw malformed(`variables.${missing}`);
  return { version, variables: variables as Record<string, string> };
}

/** @throws LocalStateError */
export function parseMfa(text: string): MfaDocument {
  const { version, members } = open(text);
  const devices = Object.entries(record(members['devices'], 'devices')).map(
    ([name, device]) => [name, parseDevice(device, name)] as const,
  );
  return { version, devices: Object.fromEntries(devices) };
}

function parseDevice(value: unknown, key: string): MfaDevice {
  const path = `devices.${key}`;
  const { name, seed, user, enabled, used } = record(value, path);
  if (typeof name !== 'string' || name !== key || !DEVICE_NAME.test(name)) throw malformed(`${path}.name`);
  if (typeof seed !== 'string' || !SEED.test(seed)) throw malformed(`${path}.seed`);
  if (user !== undefined && typeof user !== 'string') throw malformed(`${path}.user`);
  if (enabled !== undefined && typeof enabled !== 'string') throw malformed(`${path}.enabled`);
  if (used !== undefined && (!isWhole(used) || used < 0)) throw malformed(`${path}.used`);
  return {
    name,
    seed,
    ...(user !== undefined && { user }),
    ...(enabled !== undefined && { enabled }),
    ...(used !== undefined && { used }),
  };
}

/** Looks at the version before anything else: what a later one means by its members is not known here. */
function open(text: string): { version: typeof LOCAL_STATE_VERSION; members: Record<string, unknown> } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('not JSON');
  }
  const members = record(value, 'not a JSON object');
  const { version } = members;
  if (version === LOCAL_STATE_VERSION) return { version, members };
  if (version !== undefined && !isWhole(version)) throw malformed('version');
  const found = version === undefined ? 'an early one' : String(version);
  const message = `it is of version ${found}, and this program reads version ${String(LOCAL_STATE_VERSION)}`;
  throw new LocalStateError('version', message);
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(path);
  return value as Record<string, unknown>;
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

const malformed = (what: string): LocalStateError =>
  new LocalStateError('malformed', `it is not what a local cloud writes: ${what}`);
