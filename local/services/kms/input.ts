import { AwsError } from '../../engine/contracts/errors.ts';
import type { ConditionContext } from '../../engine/contracts/identity.ts';
import type { EncryptionContext } from './cryptography.ts';

/** Members of a request, as they came. */
export type Input = Readonly<Record<string, unknown>>;

const MOST_CONTEXT_BYTES = 8192;
const MOST_BYTES = 1024;

/** KMS's words for a member that breaks a constraint of its model. */
function constraint(member: string, value: unknown, broken: string): AwsError {
  const name = member.charAt(0).toLowerCase() + member.slice(1);
  const what =
    value === undefined
      ? 'Value null'
      : `Value '${typeof value === 'string' ? value : JSON.stringify(value)}'`;
  return new AwsError(
    'ValidationException',
    `1 validation error detected: ${what} at '${name}' failed to satisfy constraint: ${broken}`,
  );
}

/** 1 to `max` bytes from base64. @throws AwsError `ValidationException`, `SerializationException` */
export function blob(input: Input, member: string, max: number): Buffer {
  const value = input[member];
  if (value === undefined || value === null) throw constraint(member, undefined, 'Member must not be null');
  const bytes = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (bytes.toString('base64') !== value) {
    throw new AwsError('SerializationException', `${member} is not base64`);
  }
  if (bytes.length === 0) {
    throw constraint(member, '', 'Member must have length greater than or equal to 1');
  }
  if (bytes.length > max) {
    throw constraint(
      member,
      `(${String(bytes.length)} bytes)`,
      `Member must have length less than or equal to ${String(max)}`,
    );
  }
  return bytes;
}

/** A member that has one of some values. @param fallback where it may be left out */
export function oneOf(input: Input, member: string, values: readonly string[], fallback?: string): string {
  const value = input[member] ?? fallback;
  if (value === undefined) throw constraint(member, undefined, 'Member must not be null');
  if (typeof value === 'string' && values.includes(value)) return value;
  throw constraint(member, value, `Member must satisfy enum value set: [${values.join(', ')}]`);
}

export const encryptionAlgorithm = (input: Input, member: string): string =>
  oneOf(
    input,
    member,
    ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'],
    'SYMMETRIC_DEFAULT',
  );

export function byteCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw constraint('NumberOfBytes', value, 'Member must not be null');
  }
  if (value >= 1 && value <= MOST_BYTES) return value;
  const limit = value < 1 ? 'greater than or equal to 1' : `less than or equal to ${String(MOST_BYTES)}`;
  throw constraint('NumberOfBytes', value, `Member must have value ${limit}`);
}

/** Length of a data key: by its kind or in bytes, and not by both. */
export function dataKeyBytes(input: Input): number {
  const { KeySpec: spec, NumberOfBytes: bytes } = input as { KeySpec?: unknown; NumberOfBytes?: unknown };
  if ((spec === undefined) === (bytes === undefined)) {
    throw new AwsError('ValidationException', 'Please specify either number of bytes or key spec.');
  }
  if (spec === undefined) return byteCount(bytes);
  return oneOf(input, 'KeySpec', ['AES_256', 'AES_128']) === 'AES_256' ? 32 : 16;
}

export function encryptionContext(value: unknown): EncryptionContext {
  const context = (value ?? {}) as Record<string, unknown>;
  if (typeof context !== 'object' || Array.isArray(context)) {
    throw new AwsError('SerializationException', 'EncryptionContext is a map of strings');
  }
  if (Object.values(context).some((text) => typeof text !== 'string')) {
    throw new AwsError('SerializationException', 'EncryptionContext is a map of strings');
  }
  if (Buffer.byteLength(JSON.stringify(context)) > MOST_CONTEXT_BYTES) {
    throw new AwsError('ValidationException', 'The encryption context is longer than 8192 bytes');
  }
  return context as EncryptionContext;
}

/** `kms:EncryptionContext:NAME` for each pair, and `kms:EncryptionContextKeys`. */
export function contextKeys(context: EncryptionContext): ConditionContext {
  const names = Object.keys(context);
  if (names.length === 0) return {};
  const pairs = names.map((name) => [`kms:EncryptionContext:${name}`, context[name]] as const);
  return { ...Object.fromEntries(pairs), 'kms:EncryptionContextKeys': names };
}
