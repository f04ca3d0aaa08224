import type { KeyObject } from 'node:crypto';
import type { EncryptionContext } from '../../platform/ports.ts';

/** The symmetric KMS key that disk keys are sealed by. */
export interface SealKey {
  generate(context: EncryptionContext): Promise<{ plaintext: Buffer; sealed: Buffer }>;
  seal(plaintext: Uint8Array, context: EncryptionContext): Promise<Buffer>;
  /** @returns undefined when this key never sealed that under this context. */
  unseal(sealed: Uint8Array, context: EncryptionContext): Promise<Buffer | undefined>;
}

/** Public half of the recovery key (RSA). */
export type RecoveryKey = () => Promise<KeyObject>;
