import { randomBytes } from 'node:crypto';
import { AwsError } from '../../../engine/contracts/errors.ts';
import type { Principal } from '../../../engine/contracts/identity.ts';
import { requireKeyAccess } from '../access.ts';
import {
  decryptRsa,
  encryptRsa,
  invalidCiphertext,
  keyIdOf,
  seal,
  unseal,
  type EncryptionContext,
} from '../cryptography.ts';
import { isSymmetric } from '../description.ts';
import {
  blob,
  byteCount,
  contextKeys,
  dataKeyBytes,
  encryptionAlgorithm,
  encryptionContext,
  type Input,
} from '../input.ts';
import type { KmsKey } from '../keys.ts';
import { usable, type Kms, type Operation } from './operation.ts';

/** Algorithm and context that a ciphertext is made or opened with. */
interface Scheme {
  readonly algorithm: string;
  readonly context: EncryptionContext;
}

export const encrypt: Operation = (kms, input, principal) => {
  const scheme = schemeOf(input);
  const plaintext = blob(input, 'Plaintext', 4096);
  const key = usable(kms, input['KeyId'], 'Encrypt', 'ENCRYPT_DECRYPT');
  fits(key, scheme);
  requireKeyAccess(kms.authorizer, principal, 'Encrypt', key, conditions(scheme));
  const CiphertextBlob = sealed(key, plaintext, scheme);
  return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm: scheme.algorithm };
};

export const decrypt: Operation = (kms, input, principal) => {
  const scheme = schemeOf(input);
  if (input['Recipient'] !== undefined) {
    throw new AwsError('UnsupportedOperationException', 'the local KMS verifies no attestation documents');
  }
  const ciphertext = blob(input, 'CiphertextBlob', 6144);
  const { key, plaintext } = open(kms, principal, 'Decrypt', input['KeyId'], ciphertext, scheme);
  return {
    KeyId: key.arn,
    Plaintext: plaintext.toString('base64'),
    EncryptionAlgorithm: scheme.algorithm,
  };
};

export const reEncrypt: Operation = (kms, input, principal) => {
  const from = schemeOf(input, 'Source');
  const to = schemeOf(input, 'Destination');
  const ciphertext = blob(input, 'CiphertextBlob', 6144);
  const source = open(kms, principal, 'ReEncryptFrom', input['SourceKeyId'], ciphertext, from);
  const key = usable(kms, input['DestinationKeyId'], 'ReEncryptTo', 'ENCRYPT_DECRYPT');
  fits(key, to);
  requireKeyAccess(kms.authorizer, principal, 'ReEncryptTo', key, {
    ...conditions(to),
    'kms:ReEncryptOnSameKey': String(source.key.id === key.id),
  });
  return {
    CiphertextBlob: sealed(key, source.plaintext, to),
    SourceKeyId: source.key.arn,
    KeyId: key.arn,
    SourceEncryptionAlgorithm: from.algorithm,
    DestinationEncryptionAlgorithm: to.algorithm,
  };
};

export const generateDataKey: Operation = (kms, input, principal) => {
  const { plaintext, ...answer } = newDataKey(kms, input, principal, 'GenerateDataKey');
  return { ...answer, Plaintext: plaintext.toString('base64') };
};

export const generateDataKeyWithoutPlaintext: Operation = (kms, input, principal) => {
  const { plaintext: _, ...answer } = newDataKey(kms, input, principal, 'GenerateDataKeyWithoutPlaintext');
  return answer;
};

export const generateRandom: Operation = ({ authorizer }, input, principal) => {
  const length = byteCount(input['NumberOfBytes']);
  authorizer.require(principal, 'kms:GenerateRandom', '*');
  return { Plaintext: randomBytes(length).toString('base64') };
};

function newDataKey(kms: Kms, input: Input, principal: Principal, operation: string) {
  const length = dataKeyBytes(input);
  const context = encryptionContext(input['EncryptionContext']);
  const key = usable(kms, input['KeyId'], operation, 'ENCRYPT_DECRYPT');
  if (!isSymmetric(key)) {
    throw new AwsError(
      'InvalidKeyUsageException',
      `You cannot generate a data key with an asymmetric key: ${key.arn}`,
    );
  }
  const scheme = { algorithm: 'SYMMETRIC_DEFAULT', context };
  requireKeyAccess(kms.authorizer, principal, operation, key, conditions(scheme));
  const plaintext = randomBytes(length);
  return { KeyId: key.arn, CiphertextBlob: sealed(key, plaintext, scheme), plaintext };
}

/** @param side prefix of the members of ReEncrypt */
const schemeOf = (input: Input, side: '' | 'Source' | 'Destination' = ''): Scheme => ({
  algorithm: encryptionAlgorithm(input, `${side}EncryptionAlgorithm`),
  context: encryptionContext(input[`${side}EncryptionContext`]),
});

const conditions = ({ algorithm, context }: Scheme) => ({
  ...contextKeys(context),
  'kms:EncryptionAlgorithm': algorithm,
});

/** @throws AwsError `InvalidKeyUsageException`, `ValidationException` */
function fits(key: KmsKey, { algorithm, context }: Scheme): void {
  if (isSymmetric(key) !== (algorithm === 'SYMMETRIC_DEFAULT')) {
    throw new AwsError(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`,
    );
  }
  if (!isSymmetric(key) && Object.keys(context).length > 0) {
    throw new AwsError(
      'ValidationException',
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    );
  }
}

/** In base64. */
function sealed(key: KmsKey, plaintext: Buffer, { algorithm, context }: Scheme): string {
  const ciphertext = isSymmetric(key) ? seal(key, plaintext, context) : encryptRsa(key, plaintext, algorithm);
  return ciphertext.toString('base64');
}

/** Finds the key that made a ciphertext, asks whether the caller may, and opens it. */
function open(
  kms: Kms,
  principal: Principal,
  operation: string,
  keyId: unknown,
  ciphertext: Buffer,
  scheme: Scheme,
): { readonly key: KmsKey; readonly plaintext: Buffer } {
  const asked = keyId === undefined ? undefined : usable(kms, keyId, operation, 'ENCRYPT_DECRYPT');
  if (asked !== undefined) fits(asked, scheme);
  const rsa = asked !== undefined && !isSymmetric(asked);
  // A ciphertext of RSA says nothing of its key: the request has to.
  const key = rsa ? asked : sealer(kms, ciphertext, operation);
  if (asked !== undefined && asked.id !== key.id) {
    throw new AwsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
  }
  fits(key, scheme);
  requireKeyAccess(kms.authorizer, principal, operation, key, conditions(scheme));
  const plaintext = rsa
    ? decryptRsa(key, ciphertext, scheme.algorithm)
    : unseal(key, ciphertext, scheme.context);
  return { key, plaintext };
}

function sealer(kms: Kms, ciphertext: Buffer, operation: string): KmsKey {
  const id = keyIdOf(ciphertext);
  if (!kms.keys.all().some((key) => key.id === id)) throw invalidCiphertext();
  return usable(kms, id, operation, 'ENCRYPT_DECRYPT');
}
