import { APP } from '../../../protocol/names.ts';
import type { EncryptionContext } from '../../platform/ports/keys.ts';

/** Binds a sealed disk key to its volume and instance: KMS unseals it under no other name. */
export function diskKeyContext(stage: string, luks: string, instance: string): EncryptionContext {
  return { app: APP, stage, volume: luks, instance };
}

/** Differs from the disk key's context, so that neither ciphertext can be passed off as the other. */
export function enrolmentContext(stage: string, luks: string, instance: string): EncryptionContext {
  return { ...diskKeyContext(stage, luks, instance), purpose: 'recovery' };
}
