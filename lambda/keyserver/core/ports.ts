import type { KeyObject } from 'node:crypto';
import type { EncryptionContext } from '../../volumes/core/ports.ts';

/** The symmetric KMS key that disk keys are sealed by. */
export interface SealKey {
  generate(context: EncryptionContext): Promise<{ plaintext: Buffer; sealed: Buffer }>;
  seal(plaintext: Uint8Array, context: EncryptionContext): Promise<Buffer>;
  /** @returns undefined when this key never sealed that under this context. */
  unseal(sealed: Uint8Array, context: EncryptionContext): Promise<Buffer | undefined>;
}

/** The KMS key that the images pin. Answers r||s, 64 bytes. */
export type KmsSigner = (signingInput: Buffer) => Promise<Buffer>;

/** Public half of the recovery key (RSA). */
export type RecoveryKey = () => Promise<KeyObject>;

/** What EC2 says about an instance, as far as an enrolment asks. */
export interface InstanceFacts {
  readonly state: string;
  readonly vpc: string;
  readonly address: string;
  readonly image: string;
  readonly profile: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ImageFacts {
  readonly owner: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Inventory {
  instance(id: string): Promise<InstanceFacts | undefined>;
  image(id: string): Promise<ImageFacts | undefined>;
}
