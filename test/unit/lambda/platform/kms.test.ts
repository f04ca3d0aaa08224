import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  ReEncryptCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { kmsPublicKey } from '../../../../lambda/platform/kms/public-key.ts';
import { kmsReEncrypt } from '../../../../lambda/platform/kms/re-encrypt.ts';
import { kmsSigner } from '../../../../lambda/platform/kms/signer.ts';
import { kmsDecrypt, kmsDrawKey, kmsEncrypt } from '../../../../lambda/platform/kms/symmetric.ts';

const client = new KMSClient({ region: 'eu-west-1' });
const kms = mockClient(KMSClient);
const context = { app: 'sealroot', stage: 'dev' };
const named = (name: string): Error => Object.assign(new Error(name), { name });

beforeEach(() => {
  kms.reset();
});

describe('when a symmetric key of KMS is used', () => {
  const decrypt = kmsDecrypt(client, 'arn:seal');

  it('a key is drawn with the length that was asked for, under the context, by the name of the key', async () => {
    kms
      .on(GenerateDataKeyCommand)
      .resolves({ Plaintext: new Uint8Array(64), CiphertextBlob: new Uint8Array(9) });
    const { plaintext, sealed } = await kmsDrawKey(client, 'arn:seal', 64)(context);
    expect([plaintext.length, sealed.length]).toEqual([64, 9]);
    const input = { KeyId: 'arn:seal', NumberOfBytes: 64, EncryptionContext: context };
    expect(kms.commandCalls(GenerateDataKeyCommand)[0]?.args[0].input).toEqual(input);
  });

  it('a key of another length is none', async () => {
    kms
      .on(GenerateDataKeyCommand)
      .resolves({ Plaintext: new Uint8Array(32), CiphertextBlob: new Uint8Array(9) });
    await expect(kmsDrawKey(client, 'arn:seal', 64)(context)).rejects.toThrow(RangeError);
  });

  it('encrypts under the context, by the name of the key', async () => {
    kms.on(EncryptCommand).resolves({ CiphertextBlob: new Uint8Array([7]) });
    expect(await kmsEncrypt(client, 'arn:seal')(Buffer.from('x'), context)).toEqual(Buffer.of(7));
    const input = { KeyId: 'arn:seal', Plaintext: Buffer.from('x'), EncryptionContext: context };
    expect(kms.commandCalls(EncryptCommand)[0]?.args[0].input).toEqual(input);
  });

  it('hands out the memory of the answer, so that it can be zeroed', async () => {
    const Plaintext = new Uint8Array(64).fill(7);
    kms.on(DecryptCommand).resolves({ Plaintext });
    (await decrypt(new Uint8Array(9), context))?.fill(0);
    expect(Plaintext).toEqual(new Uint8Array(64));
    const input = { KeyId: 'arn:seal', CiphertextBlob: new Uint8Array(9), EncryptionContext: context };
    expect(kms.commandCalls(DecryptCommand)[0]?.args[0].input).toEqual(input);
  });

  it.each(['InvalidCiphertextException', 'IncorrectKeyException'])('takes %s as an answer', async (name) => {
    kms.on(DecryptCommand).rejects(named(name));
    expect(await decrypt(new Uint8Array(9), context)).toBeUndefined();
  });

  it.each(['ThrottlingException', 'DisabledException', 'AccessDeniedException'])(
    'fails on %s',
    async (name) => {
      kms.on(DecryptCommand).rejects(named(name));
      await expect(decrypt(new Uint8Array(9), context)).rejects.toThrow(name);
    },
  );

  it('fails on an answer without a key', async () => {
    kms.on(DecryptCommand).resolves({});
    await expect(decrypt(new Uint8Array(9), context)).rejects.toThrow(TypeError);
  });

  it('moves a key from one context to the other by the same key only', async () => {
    kms.on(ReEncryptCommand).resolves({ CiphertextBlob: new Uint8Array([1]) });
    const to = { ...context, instance: 'i-2' };
    await kmsReEncrypt(client, 'arn:seal')(new Uint8Array(9), context, to);
    expect(kms.commandCalls(ReEncryptCommand)[0]?.args[0].input).toMatchObject({
      SourceKeyId: 'arn:seal',
      DestinationKeyId: 'arn:seal',
      SourceEncryptionContext: context,
      DestinationEncryptionContext: to,
    });
  });
});

describe('when a public key is needed', () => {
  it('is fetched once, and again after a failure', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const PublicKey = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
    kms.on(GetPublicKeyCommand).rejectsOnce(named('ThrottlingException')).resolves({ PublicKey });
    const publicKeyOf = kmsPublicKey(client, 'arn:recovery');
    await expect(publicKeyOf()).rejects.toThrow();
    const [one, two] = await Promise.all([publicKeyOf(), publicKeyOf()]);
    expect(one).toBe(two);
    expect(createPublicKey(one.export({ format: 'pem', type: 'spki' })).asymmetricKeyType).toBe('rsa');
    expect(kms.commandCalls(GetPublicKeyCommand)).toHaveLength(2);
  });
});

describe('when KMS signs', () => {
  it('turns its DER into r and s that verify', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    kms.on(SignCommand).callsFake(({ Message }: { Message: Uint8Array }) => ({
      Signature: new Uint8Array(sign('sha256', Message, privateKey)),
    }));
    const raw = await kmsSigner(client, 'arn:sign')(Buffer.from('abc'));
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', Buffer.from('abc'), key, raw)).toBe(true);
  });
});
