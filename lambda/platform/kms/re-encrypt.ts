import { ReEncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { ReEncrypt } from '../ports/keys.ts';
import { view } from './bytes.ts';

/** Re-encrypts under the same key. Needs `kms:ReEncryptFrom` and `kms:ReEncryptTo`. */
export function kmsReEncrypt(client: KMSClient, KeyId: string): ReEncrypt {
  return async (sealed, from, to) => {
    const input = {
      CiphertextBlob: sealed,
      SourceKeyId: KeyId,
      SourceEncryptionContext: { ...from },
      DestinationKeyId: KeyId,
      DestinationEncryptionContext: { ...to },
    };
    const { CiphertextBlob } = await client.send(new ReEncryptCommand(input));
    return view(CiphertextBlob);
  };
}
