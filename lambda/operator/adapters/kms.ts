import { ReEncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Reseal } from '../core/ports.ts';

export function kmsReseal(client: KMSClient, keyId: string): Reseal {
  return async (sealed, from, to) => {
    const input = {
      CiphertextBlob: sealed,
      SourceKeyId: keyId,
      SourceEncryptionContext: { ...from },
      DestinationKeyId: keyId,
      DestinationEncryptionContext: { ...to },
    };
    const { CiphertextBlob } = await client.send(new ReEncryptCommand(input));
    if (CiphertextBlob === undefined) throw new TypeError('KMS answered without a ciphertext');
    return Buffer.from(CiphertextBlob);
  };
}
