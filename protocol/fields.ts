import { decodeBase64url } from './base64url.ts';

/** Thrown by the parsers; `field` is the dotted path of the first member that is wrong. */
export class MalformedError extends Error {
  readonly field: string;
  constructor(field: string) {
    super(`malformed: ${field}`);
    this.name = 'MalformedError';
    this.field = field;
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const VOLUME_NAME = /^(root|data-[a-z0-9][a-z0-9-]{0,30})$/;
const INSTANCE_ID = /^i-([0-9a-f]{8}|[0-9a-f]{17})$/;

/** Parses the body of a request. A member that the protocol does not know is ignored, so that v1 can grow. */
export function parseObject(body: string | null | undefined): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body ?? '');
  } catch {
    throw new MalformedError('body');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedError('body');
  return value as Record<string, unknown>;
}

export function version1(message: Record<string, unknown>): 1 {
  if (message['v'] !== 1) throw new MalformedError('v');
  return 1;
}

/** Lower-case UUID (RFC 9562). */
export function uuid(message: Record<string, unknown>, field: string): string {
  return matching(message, field, UUID);
}

export function volumeName(message: Record<string, unknown>): string {
  return matching(message, 'volume', VOLUME_NAME);
}

export const isUuid = (text: string): boolean => UUID.test(text);
export const isInstanceId = (text: string): boolean => INSTANCE_ID.test(text);

function matching(message: Record<string, unknown>, field: string, pattern: RegExp): string {
  const value = message[field];
  if (typeof value !== 'string' || !pattern.test(value)) throw new MalformedError(field);
  return value;
}

/** Canonical base64url of `min` to `max` bytes; kept as text, because that is how it is stored and compared. */
export function bytes(message: Record<string, unknown>, field: string, min: number, max = min): string {
  const value = message[field];
  const decoded = typeof value === 'string' && value.length <= max * 2 ? decodeBase64url(value) : undefined;
  if (decoded === undefined || decoded.length < min || decoded.length > max) throw new MalformedError(field);
  return value as string;
}

/** Applies `parse` only when the member is there. */
export function optional<T>(
  message: Record<string, unknown>,
  field: string,
  parse: (message: Record<string, unknown>, field: string) => T,
): T | undefined {
  return message[field] === undefined ? undefined : parse(message, field);
}
