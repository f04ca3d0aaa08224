import { DecryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { OpenKey } from '../../domain/mailbox/ports.ts';
import { view } from '../../platform/kms/bytes.ts';
import { isNamed } from '../../platform/sdk.ts';

/**
 * What the preseed Lambda may, beside `kms:GenerateDataKey` for secrets: `kms:Decrypt` on its seal key with both
 * purposes, `kms:Sign` on its own signing key, `ec2:DescribeInstances` and `ec2:DescribeImages`, and
 * `dynamodb:GetItem`, `PutItem`, `UpdateItem` and `Query` on its table.
 */
export function kmsOpener(client: KMSClient, KeyId: string): OpenKey {
  return async (sealed, context) => {
    const input = { KeyId, CiphertextBlob: sealed, EncryptionContext: { ...context } };
    try {
      const { Plaintext } = await client.send(new DecryptCommand(input));
      return view(Plaintext);
    } catch (error) {
      // Also what KMS answers for another encryption context.
      if (isNamed(error, 'InvalidCiphertextException', 'IncorrectKeyException')) return undefined;
      throw error;
    }
  };
}
