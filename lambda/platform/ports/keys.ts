/** KMS keys, by what may be done with one. */
import type { KeyObject } from 'node:crypto';

/**
 * Binds a ciphertext: KMS opens it under the same context only. CloudTrail has it in clear, so it holds identifiers
 * alone.
 */
export type EncryptionContext = Readonly<Record<string, string>>;

/** A key that KMS drew, and its ciphertext. */
export interface DataKey {
  readonly plaintext: Buffer;
  readonly sealed: Buffer;
}

export type DrawKey = (context: EncryptionContext) => Promise<DataKey>;

export type Encrypt = (plaintext: Uint8Array, context: EncryptionContext) => Promise<Buffer>;

/** @returns undefined when this key never encrypted that under this context. */
export type Decrypt = (sealed: Uint8Array, context: EncryptionContext) => Promise<Buffer | undefined>;

/** Moves a ciphertext to another context inside KMS: the caller never has the plaintext. */
export type ReEncrypt = (
  sealed: Uint8Array,
  from: EncryptionContext,
  to: EncryptionContext,
) => Promise<Buffer>;

/** ES256 by a KMS key. @returns r||s, 64 bytes. */
export type KmsSigner = (signingInput: Buffer) => Promise<Buffer>;

/** Public half of an asymmetric key. */
export type PublicKey = () => Promise<KeyObject>;
