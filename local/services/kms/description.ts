import { createPublicKey } from 'node:crypto';
import type { KmsKey } from './keys.ts';

export function isSymmetric(key: KmsKey): boolean {
  return key.spec === 'SYMMETRIC_DEFAULT';
}

/** `KeyMetadata` of DescribeKey. */
export function keyMetadata(key: KmsKey): object {
  return {
    AWSAccountId: key.arn.split(':')[4],
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: key.created,
    Enabled: key.enabled,
    Description: key.description,
    KeyState: key.enabled ? 'Enabled' : 'Disabled',
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    MultiRegion: false,
    ...kind(key),
  };
}

/** The answer of GetPublicKey; SPKI in DER. */
export function publicKeyOf(key: KmsKey): object {
  const spki = createPublicKey(key.privateKey()).export({ type: 'spki', format: 'der' });
  return { KeyId: key.arn, PublicKey: spki.toString('base64'), ...kind(key) };
}

/** The key's part of ListAliases. */
export function aliasesOf({ id, arn, aliases }: KmsKey): object[] {
  return aliases.map((AliasName) => ({
    AliasName,
    AliasArn: arn.replace(/key\/.*$/, AliasName),
    TargetKeyId: id,
  }));
}

function kind(key: KmsKey): object {
  const common = { KeySpec: key.spec, CustomerMasterKeySpec: key.spec, KeyUsage: key.usage };
  if (key.usage === 'SIGN_VERIFY') return { ...common, SigningAlgorithms: ['ECDSA_SHA_256'] };
  const rsa = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'];
  return { ...common, EncryptionAlgorithms: isSymmetric(key) ? ['SYMMETRIC_DEFAULT'] : rsa };
}
