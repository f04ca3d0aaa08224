import { SignCommand, KMSClient } from '@aws-sdk/client-kms';
import { ecdsaDerToRaw } from '../../../protocol/jose/ecdsa-der.ts';
import { SDK_OPTIONS } from '../../volumes/adapters/sdk.ts';
import type { KmsSigner } from '../core/ports.ts';

export const kmsClient = (): KMSClient => new KMSClient(SDK_OPTIONS);

export function kmsSigner(client: KMSClient, KeyId: string): KmsSigner {
  return async (signingInput) => {
    const algorithm = { SigningAlgorithm: 'ECDSA_SHA_256', MessageType: 'RAW' } as const;
    const { Signature } = await client.send(new SignCommand({ KeyId, Message: signingInput, ...algorithm }));
    return ecdsaDerToRaw(view(Signature));
  };
}

/** The same memory as a Buffer, so that zeroing it zeroes what the SDK held. */
export function view(bytes: Uint8Array | undefined): Buffer {
  if (bytes === undefined || bytes.length === 0)
    throw new TypeError('KMS answered without the bytes that were asked for');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
