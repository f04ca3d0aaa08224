import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { kmsRecoveryKey, kmsSealKey } from '../../../../lambda/keyserver/adapters/kms.ts';
import { kmsReseal } from '../../../../lambda/operator/adapters/kms.ts';

const region = 'eu-west-1';
const kms = mockClient(KMSClient);
const context = { app: 'sealroot', stage: 'dev' };
const named = (name: string): Error => Object.assign(new Error(name), { name });

beforeEach(() => {
  kms.reset();
});

describe('when KMS seals', () => {
  const key = kmsSealKey(new KMSClient({ region }), 'arn:seal');

  it('asks for 64 bytes under the context, by the name of the key', async () => {
    kms
      .on(GenerateDataKeyCommand)
      .resolves({ Plaintext: new Uint8Array(64), CiphertextBlob: new Uint8Array(9) });
    const { plaintext, sealed } = await key.generate(context);
    expect([plaintext.length, sealed.length]).toEqual([64, 9]);
    const input = { KeyId: 'arn:seal', NumberOfBytes: 64, EncryptionContext: context };
    expect(kms.commandCalls(GenerateDataKeyCommand)[0]?.args[0].input).toEqual(input);
  });

  it('hands out the memory of the answer, so that it can be zeroed', async () => {
    const Plaintext = new Uint8Array(64).fill(7);
    kms.on(DecryptCommand).resolves({ Plaintext });
    (await key.unseal(new Uint8Array(9), context))?.fill(0);
    expect(Plaintext).toEqual(new Uint8Array(64));
  });

  it.each(['InvalidCiphertextException', 'IncorrectKeyException'])('takes %s as an answer', async (name) => {
    kms.on(DecryptCommand).rejects(named(name));
    expect(await key.unseal(new Uint8Array(9), context)).toBeUndefined();
  });

  it.each(['ThrottlingException', 'DisabledException', 'AccessDeniedException'])(
    'fails on %s',
    async (name) => {
      kms.on(DecryptCommand).rejects(named(name));
      await expect(key.unseal(new Uint8Array(9), context)).rejects.toThrow(name);
    },
  );

  it('fails on an answer without a key', async () => {
    kms.on(DecryptCommand).resolves({});
    await expect(key.unseal(new Uint8Array(9), context)).rejects.toThrow(TypeError);
  });

  it('moves a key from one context to the other by the same key only', async () => {
    kms.on(ReEncryptCommand).resolves({ CiphertextBlob: new Uint8Array([1]) });
    const to = { ...context, instance: 'i-2' };
    await kmsReseal('arn:seal', new KMSClient({ region }))(new Uint8Array(9), context, to);
    expect(kms.commandCalls(ReEncryptCommand)[0]?.args[0].input).toMatchObject({
      SourceKeyId: 'arn:seal',
      DestinationKeyId: 'arn:seal',
      SourceEncryptionContext: context,
      DestinationEncryptionContext: to,
    });
  });
});

describe('when the recovery key is needed', () => {
  it('is fetched once, and again after a failure', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const PublicKey = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
    kms.on(GetPublicKeyCommand).rejectsOnce(named('ThrottlingException')).resolves({ PublicKey });
    const recoveryKey = kmsRecoveryKey(new KMSClient({ region }), 'arn:recovery');
    await expect(recoveryKey()).rejects.toThrow();
    const [one, two] = await Promise.all([recoveryKey(), recoveryKey()]);
    expect(one).toBe(two);
    expect(createPublicKey(one.export({ format: 'pem', type: 'spki' })).asymmetricKeyType).toBe('rsa');
    expect(kms.commandCalls(GetPublicKeyCommand)).toHaveLength(2);
  });
});
