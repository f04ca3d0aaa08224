import { createPublicKey, type KeyObject } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { PublicKey } from '../ports/keys.ts';
import { view } from './bytes.ts';

/** Fetches the key once for each execution environment, and again only if that failed. Needs `kms:GetPublicKey`. */
export function kmsPublicKey(client: KMSClient, KeyId: string): PublicKey {
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
