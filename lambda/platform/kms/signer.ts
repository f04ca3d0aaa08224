import { SignCommand, type KMSClient } from '@aws-sdk/client-kms';
import { ecdsaDerToRaw } from '../../../protocol/jose/ecdsa-der.ts';
import type { KmsSigner } from '../ports/keys.ts';
import { view } from './bytes.ts';

/** Needs `kms:Sign`. */
export function kmsSigner(client: KMSClient, KeyId: string): KmsSigner {
  return async (signingInput) => {
    const algorithm = { SigningAlgorithm: 'ECDSA_SHA_256', MessageType: 'RAW' } as const;
    const { Signature } = await client.send(new SignCommand({ KeyId, Message: signingInput, ...algorithm }));
    return ecdsaDerToRaw(view(Signature));
  };
}
