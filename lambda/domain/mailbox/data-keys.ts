import { GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { view } from '../../platform/kms/bytes.ts';
import type { DrawKey } from './ports.ts';

/**
 * Needs `kms:GenerateDataKey` on preseed's seal key: the operator's Lambda with `purpose` `preseed-message`, preseed's
 * own with `preseed-secret`.
 */
export function kmsDataKeys(client: KMSClient, KeyId: string): DrawKey {
  return async (context) => {
    const input = { KeyId, NumberOfBytes: 32, EncryptionContext: { ...context } };
    const { Plaintext, CiphertextBlob } = await client.send(new GenerateDataKeyCommand(input));
    return { plaintext: view(Plaintext), sealed: view(CiphertextBlob) };
  };
}
