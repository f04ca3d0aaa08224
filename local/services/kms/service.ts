import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { json, parseJson } from '../../answers.ts';
import {
  AwsError,
  type ConditionContext,
  type GatewayRequest,
  type GatewayResponse,
  type Principal,
  type ServiceHandler,
} from '../../contracts.ts';
import type { TemplateAuthorizer } from '../../iam/authorizer.ts';
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
import type { KmsKey, KmsKeys } from './keys.ts';

type Input = Readonly<Record<string, unknown>>;
type Operation = (input: Input, principal: Principal) => unknown;

/** AWS KMS, AWS JSON 1.1 (https://docs.aws.amazon.com/kms/latest/APIReference/). */
export class KmsService implements ServiceHandler {
  private readonly keys: KmsKeys;
  private readonly authorizer: TemplateAuthorizer;
  private readonly operations: ReadonlyMap<string, Operation>;

  constructor(keys: KmsKeys, authorizer: TemplateAuthorizer) {
    this.keys = keys;
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

  handle(request: GatewayRequest, principal: Principal): Promise<GatewayResponse> {
    const name = request.headers['x-amz-target']?.split('.')[1] ?? '';
    const operation = this.operations.get(name);
    if (operation === undefined) {
      throw new AwsError(
        'UnknownOperationException',
        `the local KMS does not know ${name || 'this operation'}`,
      );
    }
    return Promise.resolve(json(200, operation(parseJson(request.body), principal)));
  }

  private encrypt(input: Input, principal: Principal): unknown {
    const key = this.usable(input['KeyId'], 'ENCRYPT_DECRYPT');
    const plaintext = blob(input, 'Plaintext', 4096);
    const context = encryptionContext(input['EncryptionContext']);
    const algorithm = input['EncryptionAlgorithm'] ?? 'SYMMETRIC_DEFAULT';
    this.require(principal, 'Encrypt', key, {
      ...contextKeys(context),
      'kms:EncryptionAlgorithm': String(algorithm),
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
      EncryptionAlgorithm: input['EncryptionAlgorithm'] ?? 'SYMMETRIC_DEFAULT',
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
    const algorithm = input['DestinationEncryptionAlgorithm'] ?? 'SYMMETRIC_DEFAULT';
    this.require(principal, 'ReEncryptTo', key, {
      ...contextKeys(context),
      'kms:EncryptionAlgorithm': String(algorithm),
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
    this.require(principal, action, key, {
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
        `not a signing algorithm of this key: ${String(algorithm)}`,
      );
    }
    if (type !== 'RAW' && type !== 'DIGEST') throw new AwsError('ValidationException', 'MessageType');
    if (type === 'DIGEST' && message.length !== 32) {
      throw new AwsError('ValidationException', 'Digest is invalid length for algorithm ECDSA_SHA_256.');
    }
    this.require(principal, action, key, { 'kms:SigningAlgorithm': algorithm, 'kms:MessageType': type });
    return message;
  }

  private getPublicKey(input: Input, principal: Principal): unknown {
    const key = this.usable(input['KeyId']);
    this.require(principal, 'GetPublicKey', key);
    if (isSymmetric(key))
      throw new AwsError('UnsupportedOperationException', `${key.arn} is not an asymmetric key`);
    const spki = createPublicKey(key.privateKey()).export({ type: 'spki', format: 'der' });
    return {
      KeyId: key.arn,
      PublicKey: spki.toString('base64'),
      KeySpec: key.spec,
      CustomerMasterKeySpec: key.spec,
      KeyUsage: key.usage,
      ...algorithms(key),
    };
  }

  private describeKey(input: Input, principal: Principal): unknown {
    const key = this.keys.find(input['KeyId']);
    this.require(principal, 'DescribeKey', key);
    return {
      KeyMetadata: {
        AWSAccountId: key.arn.split(':')[4],
        KeyId: key.id,
        Arn: key.arn,
        CreationDate: key.created,
        Enabled: key.enabled,
        Description: key.description,
        KeyUsage: key.usage,
        KeyState: key.enabled ? 'Enabled' : 'Disabled',
        Origin: 'AWS_KMS',
        KeyManager: 'CUSTOMER',
        KeySpec: key.spec,
        CustomerMasterKeySpec: key.spec,
        MultiRegion: false,
        ...algorithms(key),
      },
    };
  }

  private listAliases(input: Input, principal: Principal): unknown {
    this.authorizer.require(principal, 'kms:ListAliases', '*');
    const keys = input['KeyId'] === undefined ? this.keys.all() : [this.keys.find(input['KeyId'])];
    const Aliases = keys.flatMap(({ id, arn, aliases }) =>
      aliases.map((AliasName) => ({
        AliasName,
        AliasArn: arn.replace(/key\/.*$/, AliasName),
        TargetKeyId: id,
      })),
    );
    return { Aliases, Truncated: false };
  }

  /** Finds the key that sealed a blob, asks whether the caller may, and opens it. */
  private open(
    ciphertext: Buffer,
    principal: Principal,
    wish: { action: string; keyId: unknown; context: EncryptionContext; algorithm: unknown },
  ): { key: KmsKey; plaintext: Buffer } {
    const algorithm = wish.algorithm ?? 'SYMMETRIC_DEFAULT';
    const asked = wish.keyId === undefined ? undefined : this.usable(wish.keyId, 'ENCRYPT_DECRYPT');
    const symmetric = asked === undefined || isSymmetric(asked);
    const key = symmetric ? this.sealer(ciphertext) : asked;
    if (asked !== undefined && asked.id !== key.id) {
      throw new AwsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      );
    }
    this.require(principal, wish.action, key, {
      ...contextKeys(wish.context),
      'kms:EncryptionAlgorithm': String(algorithm),
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

  /**
   * A key is its policy's: identity policies count only where the key policy hands the decision to the account
   * (https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html).
   */
  private require(principal: Principal, operation: string, key: KmsKey, extra: ConditionContext = {}): void {
    const action = `kms:${operation}`;
    const context = {
      'kms:CallerAccount': principal.account,
      'kms:KeySpec': key.spec,
      'kms:KeyUsage': key.usage,
      'kms:ResourceAliases': key.aliases,
      ...extra,
    };
    const access = { action, resource: key.arn, context };
    const byKey = this.authorizer.resourceVerdict(principal, access, key.policy);
    const byIdentity = this.authorizer.identityVerdict(principal, access);
    if (byKey === 'deny' || byIdentity === 'deny') {
      throw this.authorizer.denied(principal, action, key.arn, 'with an explicit deny');
    }
    if (byKey === 'allow' || (byKey === 'delegated' && byIdentity === 'allow')) return;
    const lacking = byKey === 'delegated' ? 'identity-based' : 'resource-based';
    throw this.authorizer.denied(
      principal,
      action,
      key.arn,
      `because no ${lacking} policy allows the ${action} action`,
    );
  }
}

function isSymmetric(key: KmsKey): boolean {
  return key.spec === 'SYMMETRIC_DEFAULT';
}

function algorithms(key: KmsKey): object {
  if (key.usage === 'SIGN_VERIFY') return { SigningAlgorithms: ['ECDSA_SHA_256'] };
  return {
    EncryptionAlgorithms: isSymmetric(key)
      ? ['SYMMETRIC_DEFAULT']
      : ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  };
}

/** 1 to `max` bytes from base64. */
function blob(input: Input, member: string, max: number): Buffer {
  const value = input[member];
  const bytes = Buffer.from(typeof value === 'string' ? value : '', 'base64');
  if (bytes.length === 0 || bytes.length > max) {
    throw new AwsError('ValidationException', `Value at '${member}' must have 1 to ${String(max)} bytes`);
  }
  return bytes;
}

function byteCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 1024) {
    throw new AwsError('ValidationException', 'NumberOfBytes must be 1 to 1024, or KeySpec given');
  }
  return value;
}

function encryptionContext(value: unknown): EncryptionContext {
  const context = (value ?? {}) as Record<string, unknown>;
  const entries = Object.entries(context);
  if (typeof context !== 'object' || entries.some(([, text]) => typeof text !== 'string')) {
    throw new AwsError('SerializationException', 'EncryptionContext is a map of strings');
  }
  return context as EncryptionContext;
}

/** `kms:EncryptionContext:NAME` for each pair, and `kms:EncryptionContextKeys`. */
function contextKeys(context: EncryptionContext): ConditionContext {
  const names = Object.keys(context);
  if (names.length === 0) return {};
  const pairs = names.map((name) => [`kms:EncryptionContext:${name}`, context[name]] as const);
  return { ...Object.fromEntries(pairs), 'kms:EncryptionContextKeys': names };
}
