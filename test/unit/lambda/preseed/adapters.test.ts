import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { kmsDataKeys } from '../../../../lambda/domain/mailbox/data-keys.ts';
import { messageContext, secretContext } from '../../../../lambda/domain/mailbox/sealing.ts';
import { kmsOpener } from '../../../../lambda/preseed/adapters/kms.ts';
import { SERVER } from '../world/preseed-world.ts';

const kms = mockClient(KMSClient);
const client = new KMSClient({ region: 'eu-west-1' });
const named = (name: string): Error => Object.assign(new Error(name), { name });

beforeEach(() => {
  kms.reset();
});

describe('when KMS draws a key', () => {
  it('it is one of 32 bytes, under the context that the key policies name', async () => {
    kms
      .on(GenerateDataKeyCommand)
      .resolves({ Plaintext: new Uint8Array(32), CiphertextBlob: new Uint8Array(9) });
    const { plaintext, sealed } = await kmsDataKeys(client, 'arn:seal')(messageContext('dev', SERVER));
    expect([plaintext.length, sealed.length]).toEqual([32, 9]);
    expect(kms.commandCalls(GenerateDataKeyCommand)[0]?.args[0].input).toEqual({
      KeyId: 'arn:seal',
      NumberOfBytes: 32,
      EncryptionContext: { app: 'sealroot', stage: 'dev', purpose: 'preseed-message', server: SERVER },
    });
  });
});

describe('when KMS opens a key', () => {
  const open = kmsOpener(client, 'arn:seal');

  it('it is asked for by name and context, and the memory can be zeroed', async () => {
    const Plaintext = new Uint8Array(32).fill(7);
    kms.on(DecryptCommand).resolves({ Plaintext });
    (await open(new Uint8Array(9), secretContext('dev', SERVER)))?.fill(0);
    expect(Plaintext).toEqual(new Uint8Array(32));
    expect(kms.commandCalls(DecryptCommand)[0]?.args[0].input).toMatchObject({
      KeyId: 'arn:seal',
      EncryptionContext: { app: 'sealroot', stage: 'dev', purpose: 'preseed-secret', server: SERVER },
    });
  });

  it.each(['InvalidCiphertextException', 'IncorrectKeyException'])('takes %s as an answer', async (name) => {
    kms.on(DecryptCommand).rejects(named(name));
    expect(await open(new Uint8Array(9), {})).toBeUndefined();
  });

  it('fails on the rest: what cannot be opened now is not unreadable', async () => {
    kms.on(DecryptCommand).rejects(named('ThrottlingException'));
    await expect(open(new Uint8Array(9), {})).rejects.toThrow('ThrottlingException');
  });
});
