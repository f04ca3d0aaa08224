import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { Principal } from '../../engine/contracts/identity.ts';
import type { Authorizer } from '../../engine/contracts/policy.ts';
import type { Resources } from '../../engine/contracts/resources.ts';
import type { ServiceHandler } from '../../engine/contracts/services.ts';
import { jsonResponse, parseJson } from '../../engine/responses.ts';
import { requireKeyAccess } from './access.ts';
import {
  decryptRsa,
  encryptRsa,
  invalidCiphertext,
  keyIdOf,
  seal,
  signDigest,
  signMessage,
  unseal,
  type EncryptionContext,
} from './cryptography.ts';
import { aliasesOf, isSymmetric, keyMetadata, publicKeyOf } from './description.ts';
import { algorithmName, blob, byteCount, contextKeys, encryptionContext, type Input } from './input.ts';
import { KmsKeys, type KmsKey } from './keys.ts';

type Operation = (input: Input, principal: Principal) => unknown;

/** AWS KMS, AWS JSON 1.1 (https://docs.aws.amazon.com/kms/latest/APIReference/). */
export class KmsService implements ServiceHandler {
  private readonly keys: KmsKeys;
  private readonly authorizer: Authorizer;
  private readonly operations: ReadonlyMap<string, Operation>;

  constructor(state: string, resources: Resources, authorizer: Authorizer) {
    this.keys = new KmsKeys(state, resources);
    this.authorizer = authorizer;
    this.operations = new Map<string, Operation>([
      ['Decrypt', this.decrypt.bind(this)],
      ['DescribeKey', this.describeKey.bind(this)],
      ['Encrypt', this.encrypt.bind(this)],
      ['GenerateDataKey', (input, principal) => this.generateDataKey(input, principal, true)],
      [
        'GenerateDataKeyWithoutPlaintext',
        (input, principal) => this.generateDataKey(input, principal, false),
      ],
      ['GenerateRandom', this.generateRandom.bind(this)],
      ['GetPublicKey', this.getPublicKey.bind(this)],
      ['ListAliases', this.listAliases.bind(this)],
      ['ReEncrypt', this.reEncrypt.bind(this)],
      ['Sign', this.sign.bind(this)],
      ['Verify', this.verify.bind(this)],
    ]);
  }

  handle(request: HttpRequest, principal: Principal): Promise<HttpResponse> {
    const name = request.headers['x-amz-target']?.split('.')[1] ?? '';
    const operation = this.operations.get(name);
    if (operation === undefined) {
      throw new AwsError(
        'UnknownOperationException',
        `the local KMS does not know ${name || 'this operation'}`,
      );
    }
    return Promise.resolve(jsonResponse(200, operation(parseJson(request.body), principal)));
  }

  private encrypt(input: Input, principal: Principal): unknown {
    const key = this.usable(input['KeyId'], 'ENCRYPT_DECRYPT');
    const plaintext = blob(input, 'Plaintext', 4096);
    const context = encryptionContext(input['EncryptionContext']);
    const algorithm = algorithmName(input['EncryptionAlgorithm']);
    requireKeyAccess(this.authorizer, principal, 'Encrypt', key, {
      ...contextKeys(context),
      'kms:EncryptionAlgorithm': algorithm,
    });
    const ciphertext = isSymmetric(key)
      ? seal(key, plaintext, context)
      : encryptRsa(key, plaintext, algorithm);
    return { CiphertextBlob: ciphertext.toString('base64'), KeyId: key.arn, EncryptionAlgorithm: algorithm };
  }

  private decrypt(input: Input, principal: Principal): unknown {
    const ciphertext = blob(input, 'CiphertextBlob', 6144);
    const { key, plaintext } = this.open(ciphertext, principal, {
      action: 'Decrypt',
      keyId: input['KeyId'],
      context: encryptionContext(input['EncryptionContext']),
      algorithm: input['EncryptionAlgorithm'],
    });
    if (input['Recipient'] !== undefined) {
      throw new AwsError('UnsupportedOperationException', 'the local KMS verifies no attestation documents');
    }
    return {
      KeyId: key.arn,
      Plaintext: plaintext.toString('base64'),
      EncryptionAlgorithm: algorithmName(input['EncryptionAlgorithm']),
    };
  }

  private reEncrypt(input: Input, principal: Principal): unknown {
    const { key: source, plaintext } = this.open(blob(input, 'CiphertextBlob', 6144), principal, {
      action: 'ReEncryptFrom',
      keyId: input['SourceKeyId'],
      context: encryptionContext(input['SourceEncryptionContext']),
      algorithm: input['SourceEncryptionAlgorithm'],
    });
    const key = this.usable(input['DestinationKeyId'], 'ENCRYPT_DECRYPT');
    const context = encryptionContext(input['DestinationEncryptionContext']);
    const algorithm = algorithmName(input['DestinationEncryptionAlgorithm']);
    requireKeyAccess(this.authorizer, principal, 'ReEncryptTo', key, {
      ...contextKeys(context),
      'kms:EncryptionAlgorithm': algorithm,
      'kms:ReEncryptOnSameKey': String(source.id === key.id),
    });
    const ciphertext = isSymmetric(key)
      ? seal(key, plaintext, context)
      : encryptRsa(key, plaintext, algorithm);
    return { CiphertextBlob: ciphertext.toString('base64'), SourceKeyId: source.arn, KeyId: key.arn };
  }

  private generateDataKey(input: Input, principal: Principal, withPlaintext: boolean): unknown {
    const key = this.usable(input['KeyId'], 'ENCRYPT_DECRYPT');
    if (!isSymmetric(key))
      throw new AwsError('InvalidKeyUsageException', `${key.arn} is not a symmetric key`);
    const context = encryptionContext(input['EncryptionContext']);
    const spec = input['KeySpec'];
    const length = spec === 'AES_256' ? 32 : spec === 'AES_128' ? 16 : byteCount(input['NumberOfBytes']);
    const action = withPlaintext ? 'GenerateDataKey' : 'GenerateDataKeyWithoutPlaintext';
    requireKeyAccess(this.authorizer, principal, action, key, {
      ...contextKeys(context),
      'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
    });
    const plaintext = randomBytes(length);
    const CiphertextBlob = seal(key, plaintext, context).toString('base64');
    return {
      KeyId: key.arn,
      CiphertextBlob,
      ...(withPlaintext && { Plaintext: plaintext.toString('base64') }),
    };
  }

  private generateRandom(input: Input, principal: Principal): unknown {
    this.authorizer.require(principal, 'kms:GenerateRandom', '*');
    return { Plaintext: randomBytes(byteCount(input['NumberOfBytes'])).toString('base64') };
  }

  private sign(input: Input, principal: Principal): unknown {
    const key = this.usable(input['KeyId'], 'SIGN_VERIFY');
    const message = this.toSign(input, principal, 'Sign', key);
    const signature =
      input['MessageType'] === 'DIGEST'
        ? signDigest(key.privateKey(), message)
        : signMessage(key.privateKey(), message);
    return { KeyId: key.arn, Signature: signature.toString('base64'), SigningAlgorithm: 'ECDSA_SHA_256' };
  }

  private verify(input: Input, principal: Principal): unknown {
    const key = this.usable(input['KeyId'], 'SIGN_VERIFY');
    const message = this.toSign(input, principal, 'Verify', key);
    if (input['MessageType'] === 'DIGEST') {
      throw new AwsError('UnsupportedOperationException', 'the local KMS verifies MessageType RAW only');
    }
    const valid = verify(
      'sha256',
      message,
      createPublicKey(key.privateKey()),
      blob(input, 'Signature', 6144),
    );
    if (!valid) throw new AwsError('KMSInvalidSignatureException', '');
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: 'ECDSA_SHA_256' };
  }

  private toSign(input: Input, principal: Principal, action: string, key: KmsKey): Buffer {
    const type = input['MessageType'] ?? 'RAW';
    const algorithm = input['SigningAlgorithm'];
    const message = blob(input, 'Message', 4096);
    if (algorithm !== 'ECDSA_SHA_256') {
      throw new AwsError(
        'InvalidKeyUsageException',
        `not a signing algorithm of this key: ${JSON.stringify(algorithm)}`,
      );
    }
    if (type !== 'RAW' && type !== 'DIGEST') throw new AwsError('ValidationException', 'MessageType');
    if (type === 'DIGEST' && message.length !== 32) {
      throw new AwsError('ValidationException', 'Digest is invalid length for algorithm ECDSA_SHA_256.');
    }
    requireKeyAccess(this.authorizer, principal, action, key, {
      'kms:SigningAlgorithm': algorithm,
      'kms:MessageType': type,
    });
    return message;
  }

  private getPublicKey(input: Input, principal: Principal): unknown {
    const key = this.usable(input['KeyId']);
    requireKeyAccess(this.authorizer, principal, 'GetPublicKey', key);
    if (isSymmetric(key))
      throw new AwsError('UnsupportedOperationException', `${key.arn} is not an asymmetric key`);
    return publicKeyOf(key);
  }

  private describeKey(input: Input, principal: Principal): unknown {
    const key = this.keys.find(input['KeyId']);
    requireKeyAccess(this.authorizer, principal, 'DescribeKey', key);
    return { KeyMetadata: keyMetadata(key) };
  }

  private listAliases(input: Input, principal: Principal): unknown {
    this.authorizer.require(principal, 'kms:ListAliases', '*');
    const keys = input['KeyId'] === undefined ? this.keys.all() : [this.keys.find(input['KeyId'])];
    const Aliases = keys.flatMap(aliasesOf);
    return { Aliases, Truncated: false };
  }

  /** Finds the key that sealed a blob, asks whether the caller may, and opens it. */
  private open(
    ciphertext: Buffer,
    principal: Principal,
    wish: { action: string; keyId: unknown; context: EncryptionContext; algorithm: unknown },
  ): { key: KmsKey; plaintext: Buffer } {
    const algorithm = algorithmName(wish.algorithm);
    const asked = wish.keyId === undefined ? undefined : this.usable(wish.keyId, 'ENCRYPT_DECRYPT');
    const symmetric = asked === undefined || isSymmetric(asked);
    const key = symmetric ? this.sealer(ciphertext) : asked;
    if (asked !== undefined && asked.id !== key.id) {
      throw new AwsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      );
    }
    requireKeyAccess(this.authorizer, principal, wish.action, key, {
      ...contextKeys(wish.context),
      'kms:EncryptionAlgorithm': algorithm,
    });
    const plaintext = symmetric
      ? unseal(key, ciphertext, wish.context)
      : decryptRsa(key, ciphertext, algorithm);
    return { key, plaintext };
  }

  private sealer(ciphertext: Buffer): KmsKey {
    const id = keyIdOf(ciphertext);
    if (!this.keys.all().some((key) => key.id === id)) throw invalidCiphertext();
    return this.usable(id, 'ENCRYPT_DECRYPT');
  }

  private usable(reference: unknown, usage?: KmsKey['usage']): KmsKey {
    const key = this.keys.find(reference);
    if (!key.enabled) throw new AwsError('DisabledException', `${key.arn} is disabled.`);
    if (usage !== undefined && key.usage !== usage) {
      throw new AwsError(
        'InvalidKeyUsageException',
        `${key.arn} key usage is ${key.usage} which is not valid here.`,
      );
    }
    return key;
  }
}
