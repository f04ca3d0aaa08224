import { KMSClient, ReEncryptCommand } from '@aws-sdk/client-kms';
import { SDK_OPTIONS } from '../../platform/sdk.ts';
import type { Reseal } from '../core/ports.ts';

export const operatorKms = (): KMSClient => new KMSClient(SDK_OPTIONS);

export function kmsReseal(keyId: string, client: KMSClient = operatorKms()): Reseal {
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
