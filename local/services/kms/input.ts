import { AwsError } from '../../engine/contracts/errors.ts';
import type { ConditionContext } from '../../engine/contracts/identity.ts';
import type { EncryptionContext } from './cryptography.ts';

/** Members of a request, as they came. */
export type Input = Readonly<Record<string, unknown>>;

/** 1 to `max` bytes from base64. */
export function blob(input: Input, member: string, max: number): Buffer {
  const value = input[member];
  const bytes = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (bytes.length === 0 || bytes.length > max) {
    throw new AwsError('ValidationException', `Value at '${member}' must have 1 to ${String(max)} bytes`);
  }
  return bytes;
}

export function byteCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 1024) {
    throw new AwsError('ValidationException', 'NumberOfBytes must be 1 to 1024, or KeySpec given');
  }
  return value;
}

export function encryptionContext(value: unknown): EncryptionContext {
  const context = (value ?? {}) as Record<string, unknown>;
  const entries = Object.entries(context);
  if (typeof context !== 'object' || entries.some(([, text]) => typeof text !== 'string')) {
    throw new AwsError('SerializationException', 'EncryptionContext is a map of strings');
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

/** Name of an algorithm. @throws AwsError `ValidationException` for anything but text. */
export function algorithmName(value: unknown): string {
  if (value === undefined) return 'SYMMETRIC_DEFAULT';
  if (typeof value !== 'string') throw new AwsError('ValidationException', 'EncryptionAlgorithm');
  return value;
}
