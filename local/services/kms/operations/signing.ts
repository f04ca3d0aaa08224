import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { AwsError } from '../../../engine/contracts/errors.ts';
import type { Principal } from '../../../engine/contracts/identity.ts';
import { requireKeyAccess } from '../access.ts';
import { signDigest, signMessage } from '../cryptography.ts';
import { blob, oneOf, type Input } from '../input.ts';
import type { KmsKey } from '../keys.ts';
import { usable, type Kms, type Operation } from './operation.ts';

const ALGORITHMS = [
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'ECDSA_SHA_256',
  'ECDSA_SHA_384',
  'ECDSA_SHA_512',
];
/** Of the only kind of signing key here, P-256. */
const SigningAlgorithm = 'ECDSA_SHA_256';
const DIGEST_BYTES = 32;

export const sign: Operation = (kms, input, principal) => {
  const { key, message, digested } = toSign(kms, input, principal, 'Sign');
  const privateKey = key.privateKey();
  const signature = digested ? signDigest(privateKey, message) : signMessage(privateKey, message);
  return { KeyId: key.arn, Signature: signature.toString('base64'), SigningAlgorithm };
};

export const verify: Operation = (kms, input, principal) => {
  const signature = blob(input, 'Signature', 6144);
  const { key, message, digested } = toSign(kms, input, principal, 'Verify');
  if (digested) {
    throw new AwsError('UnsupportedOperationException', 'the local KMS verifies MessageType RAW only');
  }
  const valid = verifySignature('sha256', message, createPublicKey(key.privateKey()), signature);
  if (!valid) throw new AwsError('KMSInvalidSignatureException', '');
  return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm };
};

function toSign(
  kms: Kms,
  input: Input,
  principal: Principal,
  operation: string,
): { readonly key: KmsKey; readonly message: Buffer; readonly digested: boolean } {
  const message = blob(input, 'Message', 4096);
  const type = oneOf(input, 'MessageType', ['RAW', 'DIGEST', 'EXTERNAL_MU'], 'RAW');
  const algorithm = oneOf(input, 'SigningAlgorithm', ALGORITHMS);
  const key = usable(kms, input['KeyId'], operation, 'SIGN_VERIFY');
  if (algorithm !== SigningAlgorithm || type === 'EXTERNAL_MU') {
    throw new AwsError(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`,
    );
  }
  const digested = type === 'DIGEST';
  if (digested && message.length !== DIGEST_BYTES) {
    throw new AwsError('ValidationException', `Digest is invalid length for algorithm ${SigningAlgorithm}.`);
  }
  requireKeyAccess(kms.authorizer, principal, operation, key, {
    'kms:SigningAlgorithm': algorithm,
    'kms:MessageType': type,
  });
  return { key, message, digested };
}
