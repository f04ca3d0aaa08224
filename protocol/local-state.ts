/**
 * The files of a local cloud's state directory, `.sealroot/`, that others may read: the local cloud writes them, the
 * command line finds it by them. `local-state.schema.json` is generated from here, and docs/reference/local-state.md
 * says in words what they mean. Everything else in the directory is the local cloud's own.
 */
import {
  integer,
  list,
  MalformedError,
  object,
  oneOf,
  optional,
  parseObject,
  text,
  type Output,
  type Schema,
} from './schema.ts';

/** Raised when a reader of the former version would misunderstand a document. Members may be added without. */
export const LOCAL_STATE_VERSION = 1;

export const LOCAL_STATE_FILES = {
  daemon: 'daemon.json',
  environment: 'environment.json',
  mfa: 'mfa.json',
} as const;

const version = oneOf(LOCAL_STATE_VERSION);
/** On this machine: a file in a directory above may be somebody else's, and leads nowhere else. */
const endpoint = text(/^http:\/\/127[.]0[.]0[.]1:[1-9][0-9]{0,4}$/);

/** The process that runs the local cloud. */
export const DaemonDocument = object({
  version,
  pid: integer(1, Number.MAX_SAFE_INTEGER),
  /** Start of the process, in clock ticks since boot (proc(5)): tells it from a later one with the same id. */
  began: text(/^[0-9]+$/),
  /** Absent while it starts. */
  endpoint: optional(endpoint),
});
export type DaemonDocument = Output<typeof DaemonDocument>;

/** Variables that point an AWS SDK or the AWS CLI at the local cloud. Other variables than these are not taken from the file. */
export const EnvironmentDocument = object({
  version,
  variables: object({
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_EXECUTE_API: endpoint,
    AWS_ACCESS_KEY_ID: text(),
    AWS_SECRET_ACCESS_KEY: text(),
    AWS_SESSION_TOKEN: optional(text()),
    AWS_REGION: text(),
    /** For the AWS CLI and boto3, which know no other. */
    AWS_DEFAULT_REGION: text(),
  }),
});
export type EnvironmentDocument = Output<typeof EnvironmentDocument>;
export type EnvironmentVariables = EnvironmentDocument['variables'];

/** A virtual MFA device: RFC 6238 with SHA-1, six digits, steps of 30 seconds. */
const MfaDevice = object({
  /** Part of its ARN after `mfa/`. */
  name: text(/^[A-Za-z0-9_+=,.@-]{1,226}$/),
  /** The secret in base 32, in whole groups of five bytes. */
  seed: text(/^([A-Z2-7]{8}){2,16}$/),
  /** Absent until it is enabled for a user. */
  user: optional(text()),
  /** ISO 8601, UTC. */
  enabled: optional(text()),
  /** Step of the last code that was accepted; every code up to it is spent. */
  used: optional(integer(0, Number.MAX_SAFE_INTEGER)),
});
export type MfaDevice = Output<typeof MfaDevice>;

export const MfaDocument = object({ version, devices: list(MfaDevice) });
export type MfaDocument = Output<typeof MfaDocument>;

/** Raised for a document that was written by another version, or not at all by a local cloud. */
export class LocalStateError extends Error {
  override readonly name = 'LocalStateError';
  readonly code: 'version' | 'malformed';
  constructor(code: LocalStateError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Text of a document as it is written. */
export const formatDocument = (members: object): string =>
  `${JSON.stringify({ version: LOCAL_STATE_VERSION, ...members }, null, 2)}\n`;

/**
 * Looks at the version before anything else: what another one means by its members is not known here.
 *
 * @throws LocalStateError
 */
export function parseDocument<T>(schema: Schema<T>, content: string): T {
  try {
    const members = parseObject(content);
    const { version: found = 0 } = members;
    if (typeof found === 'number' && found !== LOCAL_STATE_VERSION) {
      throw new LocalStateError(
        'version',
        `it is of version ${found}, and this program reads version ${LOCAL_STATE_VERSION}`,
      );
    }
    return schema.parse(members);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const what = error.field === 'body' ? 'not a JSON object' : error.field;
    throw new LocalStateError('malformed', `it is not what a local cloud writes: ${what}`);
  }
}
