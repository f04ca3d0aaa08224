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

/** Text that `pattern` matches. */
export function matching(message: Record<string, unknown>, field: string, pattern: RegExp): string {
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

/** A whole number from `min` to `max`. */
export function integer(message: Record<string, unknown>, field: string, min: number, max: number): number {
  const value = message[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw new MalformedError(field);
  }
  return value;
}

/** An array of `min` to `max` objects, each given to `parse`; what that finds wrong is named from the outside in. */
export function objects<T>(
  message: Record<string, unknown>,
  field: string,
  min: number,
  max: number,
  parse: (entry: Record<string, unknown>) => T,
): T[] {
  const value = message[field];
  if (!Array.isArray(value) || value.length < min || value.length > max) throw new MalformedError(field);
  return value.map((entry: unknown, index) => inside(`${field}.${String(index)}`, entry, parse));
}

/** Parses an object inside of another one. */
export function inside<T>(field: string, value: unknown, parse: (value: Record<string, unknown>) => T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedError(field);
  try {
    return parse(value as Record<string, unknown>);
  } catch (error) {
    throw error instanceof MalformedError ? new MalformedError(`${field}.${error.field}`) : error;
  }
}

/** Applies `parse` only when the member is there. */
export function optional<T>(
  message: Record<string, unknown>,
  field: string,
  parse: (message: Record<string, unknown>, field: string) => T,
): T | undefined {
  return message[field] === undefined ? undefined : parse(message, field);
}
