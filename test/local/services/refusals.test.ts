import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  BatchWriteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  KMSClient,
  ReEncryptCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../../local/cloud.ts';
import { sendTo, signed } from '../support/signed-request.ts';
import { smallAssembly } from '../support/small-assembly.ts';

let cloud: LocalCloud;
const client = () => ({
  endpoint: cloud.endpoint,
  region: 'us-east-1',
  credentials: cloud.identities.operator(),
  maxAttempts: 1,
});
const keyArn = (logicalId: string) => String(cloud.resources.byLogicalId(logicalId)?.attribute('Arn'));
const refusal = (name: string, message = /^/) =>
  expect.objectContaining({ name, message: expect.stringMatching(message) });

beforeAll(async () => {
  const state = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
  cloud = await LocalCloud.start({ assembly: smallAssembly(), state, port: 0 });
});
afterAll(() => cloud.stop());

describe('KMS refuses as AWS does', () => {
  const kms = () => new KMSClient(client());
  const bytes = (length: number) => Buffer.alloc(length, 1);
  const rsa = (Plaintext: Buffer, more: object = {}) =>
    kms().send(
      new EncryptCommand({
        KeyId: keyArn('Recovery'),
        Plaintext,
        EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
        ...more,
      }),
    );

  it('what is too long for an RSA key', async () => {
    const tooLong =
      /^Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes\.$/;
    await expect(rsa(bytes(500))).rejects.toEqual(refusal('ValidationException', tooLong));
    await expect(rsa(bytes(191))).rejects.toEqual(refusal('ValidationException', tooLong));
    await expect(rsa(bytes(190))).resolves.toMatchObject({ EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' });
    const sha1 = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' };
    await expect(rsa(bytes(215), sha1)).rejects.toEqual(refusal('ValidationException', /214 bytes/));
    await expect(rsa(bytes(214), sha1)).resolves.toBeDefined();
  });

  it('an encryption context with an RSA key', async () => {
    const EncryptionContext = { app: 'small' };
    const unsupported = refusal('ValidationException', /not supported .* asymmetric CMKs/);
    await expect(rsa(bytes(8), { EncryptionContext })).rejects.toEqual(unsupported);
    const { CiphertextBlob } = await rsa(bytes(8));
    await expect(
      kms().send(
        new DecryptCommand({
          KeyId: keyArn('Recovery'),
          CiphertextBlob,
          EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
          EncryptionContext,
        }),
      ),
    ).rejects.toEqual(unsupported);
  });

  it('an algorithm that is not the key’s', async () => {
    const incompatible = (algorithm: string, spec: string) =>
      refusal(
        'InvalidKeyUsageException',
        new RegExp(`^Algorithm ${algorithm} is incompatible with key spec ${spec}\\.$`),
      );
    await expect(rsa(bytes(8), { EncryptionAlgorithm: undefined })).rejects.toEqual(
      incompatible('SYMMETRIC_DEFAULT', 'RSA_2048'),
    );
    const asymmetric = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    await expect(
      kms().send(new EncryptCommand({ KeyId: keyArn('Seal'), Plaintext: bytes(8), ...asymmetric })),
    ).rejects.toEqual(incompatible('RSAES_OAEP_SHA_256', 'SYMMETRIC_DEFAULT'));
    const { CiphertextBlob } = await kms().send(
      new EncryptCommand({ KeyId: keyArn('Seal'), Plaintext: bytes(8) }),
    );
    for (const KeyId of [undefined, keyArn('Seal')]) {
      await expect(kms().send(new DecryptCommand({ KeyId, CiphertextBlob, ...asymmetric }))).rejects.toEqual(
        incompatible('RSAES_OAEP_SHA_256', 'SYMMETRIC_DEFAULT'),
      );
    }
    await expect(
      kms().send(
        new SignCommand({ KeyId: keyArn('Signing'), Message: bytes(8), SigningAlgorithm: 'ECDSA_SHA_384' }),
      ),
    ).rejects.toEqual(incompatible('ECDSA_SHA_384', 'ECC_NIST_P256'));
    await expect(rsa(bytes(8), { EncryptionAlgorithm: 'ROT13' })).rejects.toEqual(
      refusal('ValidationException', /enum value set/),
    );
  });

  it('a data key by kind and by length, or by neither', async () => {
    const generate = (more: object) =>
      kms().send(new GenerateDataKeyCommand({ KeyId: keyArn('Seal'), ...more }));
    const either = refusal('ValidationException', /^Please specify either number of bytes or key spec\.$/);
    await expect(generate({ KeySpec: 'AES_256', NumberOfBytes: 64 })).rejects.toEqual(either);
    await expect(generate({})).rejects.toEqual(either);
    await expect(generate({ KeySpec: 'AES_512' })).rejects.toEqual(refusal('ValidationException', /keySpec/));
    for (const NumberOfBytes of [0, 1025]) {
      await expect(generate({ NumberOfBytes })).rejects.toEqual(
        refusal('ValidationException', /numberOfBytes/),
      );
      await expect(kms().send(new GenerateRandomCommand({ NumberOfBytes }))).rejects.toEqual(
        refusal('ValidationException', /numberOfBytes/),
      );
    }
    const rsaKey = { KeyId: keyArn('Recovery'), KeySpec: 'AES_256' };
    await expect(generate(rsaKey)).rejects.toEqual(refusal('InvalidKeyUsageException'));
  });

  it('a ciphertext of another key than the one that is named, to decrypt and to re-encrypt', async () => {
    const { CiphertextBlob } = await kms().send(
      new EncryptCommand({ KeyId: keyArn('Seal'), Plaintext: bytes(8) }),
    );
    const KeyId = keyArn('Recovery');
    await expect(
      kms().send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' })),
    ).rejects.toEqual(refusal('InvalidCiphertextException'));
    await expect(
      kms().send(new DecryptCommand({ KeyId: keyArn('Signing'), CiphertextBlob })),
    ).rejects.toEqual(refusal('InvalidKeyUsageException', /SIGN_VERIFY which is not valid for Decrypt/));
    await expect(
      kms().send(
        new ReEncryptCommand({
          CiphertextBlob,
          SourceKeyId: 'alias/aws/ebs',
          DestinationKeyId: keyArn('Seal'),
        }),
      ),
    ).rejects.toEqual(refusal('IncorrectKeyException'));
  });

  it('what is empty, too long, or not base64', async () => {
    const encrypt = (Plaintext: Buffer, EncryptionContext = {}) =>
      kms().send(new EncryptCommand({ KeyId: keyArn('Seal'), Plaintext, EncryptionContext }));
    await expect(encrypt(bytes(0))).rejects.toEqual(
      refusal('ValidationException', /greater than or equal to 1/),
    );
    await expect(encrypt(bytes(4097))).rejects.toEqual(refusal('ValidationException', /4096/));
    await expect(encrypt(bytes(8), { long: 'x'.repeat(8192) })).rejects.toEqual(
      refusal('ValidationException'),
    );
    const body = JSON.stringify({ KeyId: keyArn('Seal'), Plaintext: 'not base64!' });
    const request = await signed(cloud.identities.operator(), {
      host: new URL(cloud.endpoint).host,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.Encrypt' },
      service: 'kms',
      body,
    });
    const { status, body: answer } = await sendTo(cloud.endpoint, request);
    expect([status, answer.toString()]).toEqual([400, expect.stringContaining('SerializationException')]);
  });

  it('to use EBS’s key by hand, an administrator too', async () => {
    const KeyId = 'alias/aws/ebs';
    expect((await kms().send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyManager).toBe('AWS');
    await expect(kms().send(new EncryptCommand({ KeyId, Plaintext: bytes(8) }))).rejects.toEqual(
      refusal('AccessDeniedException'),
    );
  });
});

describe('DynamoDB refuses as AWS does', () => {
  const dynamodb = () => new DynamoDBClient(client());
  const TableName = () => cloud.resources.byLogicalId('Things')!.physicalId;
  const Key = { pk: { S: 'empty' } };

  it('an empty key of an index, however it is written', async () => {
    const notSupported = refusal(
      'ValidationException',
      /secondary index key .* empty string value\. IndexName: kind-index, IndexKey: kind$/,
    );
    const Item = { ...Key, kind: { S: '' } };
    await expect(dynamodb().send(new PutItemCommand({ TableName: TableName(), Item }))).rejects.toEqual(
      notSupported,
    );
    const RequestItems = { [TableName()]: [{ PutRequest: { Item } }] };
    await expect(dynamodb().send(new BatchWriteItemCommand({ RequestItems }))).rejects.toEqual(notSupported);
    for (const UpdateExpression of [
      'SET #kind = :kind',
      'set note = :note, #kind = if_not_exists(#kind, :kind) REMOVE hidden',
    ]) {
      await expect(
        dynamodb().send(
          new UpdateItemCommand({
            TableName: TableName(),
            Key,
            UpdateExpression,
            ExpressionAttributeNames: { '#kind': 'kind' },
            ExpressionAttributeValues: {
              ':kind': { S: '' },
              ...(UpdateExpression.includes(':note') && { ':note': { S: '' } }),
            },
          }),
        ),
      ).rejects.toEqual(notSupported);
    }
  });

  it('no empty value of any other attribute, and no item without the key', async () => {
    await dynamodb().send(new PutItemCommand({ TableName: TableName(), Item: { ...Key, note: { S: '' } } }));
    await dynamodb().send(
      new UpdateItemCommand({
        TableName: TableName(),
        Key,
        UpdateExpression: 'SET kind = :kind, note = :note',
        ExpressionAttributeValues: { ':kind': { S: 'thing' }, ':note': { S: '' } },
      }),
    );
  });
});

describe('SSM refuses as AWS does', () => {
  const ssm = () => new SSMClient(client());
  const put = (more: object) =>
    ssm().send(new PutParameterCommand({ Name: '/small/refused', Type: 'String', Value: 'x', ...more }));

  it.each([
    [{ Name: 'small/refused' }, 'ValidationException', /fully qualified/],
    [{ Name: '/small/what?' }, 'ValidationException', /letters, numbers/],
    [{ Name: '/ssm/mine' }, 'ValidationException', /prefixed/],
    [{ Name: '/aws/mine' }, 'AccessDeniedException', /reserved/],
    [{ Type: undefined }, 'ValidationException', /type is required/],
    [{ Type: 'Text' }, 'ValidationException', /enum value set/],
    [{ Type: 'SecureString' }, 'UnsupportedOperationException', /SecureString/],
    [{ Value: '' }, 'ValidationException', /greater than or equal to 1/],
    [{ Value: 'x'.repeat(4097) }, 'ValidationException', /4096/],
  ])('a parameter with %j', async (members, name, message) => {
    await expect(put(members)).rejects.toEqual(refusal(name, message));
    expect(cloud.parameter('/small/refused')).toBeUndefined();
  });

  it.each([0, 11])('a request for %i parameters', async (count) => {
    const Names = Array.from({ length: count }, (_, number) => `/small/${String(number)}`);
    await expect(ssm().send(new GetParametersCommand({ Names }))).rejects.toEqual(
      refusal('ValidationException', /names/),
    );
  });
});
