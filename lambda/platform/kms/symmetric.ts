import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Decrypt, DrawKey, Encrypt } from '../ports/keys.ts';
import { isNamed } from '../sdk.ts';
import { view } from './bytes.ts';

/** Draws keys of that many bytes. Needs `kms:GenerateDataKey`. */
export function kmsDrawKey(client: KMSClient, KeyId: string, bytes: number): DrawKey {
  return async (context) => {
    const input = { KeyId, NumberOfBytes: bytes, EncryptionContext: { ...context } };
    const { Plaintext, CiphertextBlob } = await client.send(new GenerateDataKeyCommand(input));
    const plaintext = view(Plaintext);
    if (plaintext.length !== bytes) throw new RangeError('KMS drew a key of another length');
    return { plaintext, sealed: view(CiphertextBlob) };
  };
}

/** Needs `kms:Encrypt`. */
export function kmsEncrypt(client: KMSClient, KeyId: string): Encrypt {
  return async (plaintext, context) => {
    const input = { KeyId, Plaintext: plaintext, EncryptionContext: { ...context } };
    const { CiphertextBlob } = await client.send(new EncryptCommand(input));
    return view(CiphertextBlob);
  };
}

/** Needs `kms:Decrypt`. */
export function kmsDecrypt(client: KMSClient, KeyId: string): Decrypt {
  return async (sealed, context) => {
    const input = { KeyId, CiphertextBlob: sealed, EncryptionContext: { ...context } };
    try {
      const { Plaintext } = await client.send(new DecryptCommand(input));
      return view(Plaintext);
    } catch (error) {
      // KMS answers the same for another encryption context.
      if (isNamed(error, 'InvalidCiphertextException', 'IncorrectKeyException')) return undefined;
      throw error;
    }
  };
}
