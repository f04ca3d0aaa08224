import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { DISK_KEY_BYTES } from '../../../protocol/release.ts';
import { view } from '../../platform/kms/bytes.ts';
import { isNamed } from '../../platform/sdk.ts';
import type { RecoveryKey, SealKey } from '../core/ports.ts';

export function kmsSealKey(client: KMSClient, KeyId: string): SealKey {
  return {
    async generate(context) {
      const input = { KeyId, NumberOfBytes: DISK_KEY_BYTES, EncryptionContext: { ...context } };
      const { Plaintext, CiphertextBlob } = await client.send(new GenerateDataKeyCommand(input));
      return { plaintext: view(Plaintext), sealed: view(CiphertextBlob) };
    },
    async seal(plaintext, context) {
      const input = { KeyId, Plaintext: plaintext, EncryptionContext: { ...context } };
      const { CiphertextBlob } = await client.send(new EncryptCommand(input));
      return view(CiphertextBlob);
    },
    async unseal(sealed, context) {
      const input = { KeyId, CiphertextBlob: sealed, EncryptionContext: { ...context } };
      try {
        const { Plaintext } = await client.send(new DecryptCommand(input));
        return view(Plaintext);
      } catch (error) {
        // Also what KMS answers for another encryption context.
        if (isNamed(error, 'InvalidCiphertextException', 'IncorrectKeyException')) return undefined;
        throw error;
      }
    },
  };
}

/** Asked for once by an execution environment, and again only if that failed. */
export function kmsRecoveryKey(client: KMSClient, KeyId: string): RecoveryKey {
  let held: Promise<KeyObject> | undefined;
  return () => {
    held ??= fetchPublicKey(client, KeyId).catch((error: unknown) => {
      held = undefined;
      throw error;
    });
    return held;
  };
}

async function fetchPublicKey(client: KMSClient, KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: view(PublicKey), format: 'der', type: 'spki' });
}
