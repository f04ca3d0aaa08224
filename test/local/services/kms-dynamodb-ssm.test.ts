import { constants, createHash, createPublicKey, publicEncrypt, verify } from 'node:crypto';
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ReEncryptCommand,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import {
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../../local/cloud.ts';
import type { Credentials } from '../../../local/engine/contracts/identity.ts';
import { HeldError } from '../../../local/engine/lock.ts';
import { smallAssembly } from '../support/small-assembly.ts';

const assembly = smallAssembly();
const state = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
let cloud: LocalCloud;

const start = () => LocalCloud.start({ assembly, state, port: 0 });
const as = (credentials: Credentials = cloud.identities.operator()) => ({
  endpoint: cloud.endpoint,
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
});
const kms = (credentials?: Credentials) => new KMSClient(as(credentials));
const dynamodb = (credentials?: Credentials) => new DynamoDBClient(as(credentials));
const ssm = (credentials?: Credentials) => new SSMClient(as(credentials));
const sts = (credentials?: Credentials) => new STSClient(as(credentials));
const functionRole = () => cloud.identities.issue('echo', 'echo');
const table = () => cloud.resources.byLogicalId('Things')?.physicalId ?? '';
const keyArn = (logicalId: string) => String(cloud.resources.byLogicalId(logicalId)?.attribute('Arn'));
const refusal = (code: string) => expect.objectContaining({ name: code });

beforeAll(async () => {
  cloud = await start();
});
afterAll(() => cloud.stop());

describe('the state directory', () => {
  it('is for its owner alone, and so is every file with a secret', () => {
    expect(statSync(state).mode & 0o777).toBe(0o700);
    const files = readdirSync(state, { withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['kms.json', 'identities.json']));
    for (const { name } of files) expect(statSync(path.join(state, name)).mode & 0o077).toBe(0);
  });

  it('belongs to one local cloud at a time', async () => {
    await expect(start()).rejects.toThrow(HeldError);
    await expect(start()).rejects.toThrow(`process ${String(process.pid)} answers at ${cloud.endpoint}`);
  });
});

describe('KMS', () => {
  const context = { app: 'small', volume: 'root' };

  it('opens what it sealed, with the same context only', async () => {
    const sealed = await kms().send(
      new GenerateDataKeyCommand({
        KeyId: 'alias/small/seal',
        NumberOfBytes: 64,
        EncryptionContext: context,
      }),
    );
    expect(sealed.Plaintext).toHaveLength(64);
    expect(sealed.KeyId).toBe(keyArn('Seal'));
    const decrypt = (EncryptionContext: Record<string, string>) =>
      kms().send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext }));
    const opened = await decrypt({ volume: 'root', app: 'small' });
    expect(opened.Plaintext).toEqual(sealed.Plaintext);
    await expect(decrypt({ app: 'small' })).rejects.toEqual(refusal('InvalidCiphertextException'));
  });

  it('moves a sealed key to another context', async () => {
    const { CiphertextBlob, Plaintext } = await kms().send(
      new GenerateDataKeyCommand({ KeyId: keyArn('Seal'), KeySpec: 'AES_256', EncryptionContext: context }),
    );
    const moved = await kms().send(
      new ReEncryptCommand({
        CiphertextBlob,
        SourceEncryptionContext: context,
        DestinationKeyId: keyArn('Seal'),
        DestinationEncryptionContext: { app: 'small', volume: 'other' },
      }),
    );
    const opened = await kms().send(
      new DecryptCommand({
        CiphertextBlob: moved.CiphertextBlob,
        EncryptionContext: { app: 'small', volume: 'other' },
      }),
    );
    expect(opened.Plaintext).toEqual(Plaintext);
  });

  it('signs messages and digests such that its public key verifies both', async () => {
    const KeyId = keyArn('Signing');
    const { PublicKey } = await kms().send(new GetPublicKeyCommand({ KeyId }));
    const publicKey = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    const message = Buffer.from('delegation');
    const digest = createHash('sha256').update(message).digest();
    for (const [MessageType, Message] of [
      ['RAW', message],
      ['DIGEST', digest],
    ] as const) {
      const { Signature } = await kms().send(
        new SignCommand({ KeyId, Message, MessageType, SigningAlgorithm: 'ECDSA_SHA_256' }),
      );
      expect(verify('sha256', message, publicKey, Buffer.from(Signature!))).toBe(true);
      const input = {
        KeyId,
        Message: message,
        MessageType: 'RAW',
        SigningAlgorithm: 'ECDSA_SHA_256',
      } as const;
      expect((await kms().send(new VerifyCommand({ ...input, Signature }))).SignatureValid).toBe(true);
      const other = { ...input, Message: Buffer.from('other') };
      await expect(kms().send(new VerifyCommand({ ...other, Signature }))).rejects.toEqual(
        refusal('KMSInvalidSignatureException'),
      );
    }
  });

  it('opens what was encrypted outside to the public half of an RSA key', async () => {
    const KeyId = keyArn('Recovery');
    const { PublicKey } = await kms().send(new GetPublicKeyCommand({ KeyId }));
    const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const CiphertextBlob = publicEncrypt({ key, ...padding }, Buffer.from('passphrase'));
    const input = { KeyId, CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    const opened = await kms().send(new DecryptCommand(input));
    expect(Buffer.from(opened.Plaintext!).toString()).toBe('passphrase');
    // The identity policy allows, the key policy denies.
    await expect(kms(functionRole()).send(new DecryptCommand(input))).rejects.toEqual(
      refusal('AccessDeniedException'),
    );
  });

  it('lets a role seal only with the context that its policy asks for', async () => {
    const encrypt = (EncryptionContext?: Record<string, string>) =>
      kms(functionRole()).send(
        new EncryptCommand({ KeyId: keyArn('Seal'), Plaintext: Buffer.from('x'), EncryptionContext }),
      );
    await expect(encrypt({ app: 'small' })).resolves.toMatchObject({ KeyId: keyArn('Seal') });
    await expect(encrypt({ app: 'other' })).rejects.toEqual(refusal('AccessDeniedException'));
    await expect(encrypt()).rejects.toEqual(refusal('AccessDeniedException'));
  });

  it('names its errors as AWS does', async () => {
    const missing = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000';
    await expect(kms().send(new DescribeKeyCommand({ KeyId: missing }))).rejects.toEqual(
      refusal('NotFoundException'),
    );
    await expect(kms().send(new DecryptCommand({ CiphertextBlob: Buffer.from('nonsense') }))).rejects.toEqual(
      refusal('InvalidCiphertextException'),
    );
    await expect(
      kms().send(new GenerateDataKeyCommand({ KeyId: keyArn('Signing'), KeySpec: 'AES_256' })),
    ).rejects.toEqual(refusal('InvalidKeyUsageException'));
    const wrong = { ...cloud.identities.operator(), secretAccessKey: 'wrong' };
    await expect(kms(wrong).send(new ListAliasesCommand({}))).rejects.toEqual(
      refusal('InvalidSignatureException'),
    );
    const unknown = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' };
    await expect(kms(unknown).send(new ListAliasesCommand({}))).rejects.toEqual(
      refusal('UnrecognizedClientException'),
    );
  });

  it('describes keys, lists aliases and gives random bytes', async () => {
    const described = await kms().send(new DescribeKeyCommand({ KeyId: 'alias/small/seal' }));
    expect(described.KeyMetadata).toMatchObject({
      Arn: keyArn('Seal'),
      KeySpec: 'SYMMETRIC_DEFAULT',
      Description: 'seals',
    });
    const { Aliases } = await kms().send(new ListAliasesCommand({}));
    expect(Aliases?.map(({ AliasName }) => AliasName)).toEqual(['alias/small/seal', 'alias/aws/ebs']);
    const { Plaintext } = await kms().send(new GenerateRandomCommand({ NumberOfBytes: 32 }));
    expect(Plaintext).toHaveLength(32);
  });
});

describe('DynamoDB', () => {
  it('stores by condition and finds by index, as far as the role may', async () => {
    const client = dynamodb(functionRole());
    const put = new PutItemCommand({
      TableName: table(),
      Item: { pk: { S: 'a' }, kind: { S: 'thing' }, note: { S: 'n' }, hidden: { S: 'h' } },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    await client.send(put);
    await expect(client.send(put)).rejects.toEqual(refusal('ConditionalCheckFailedException'));
    const found = await client.send(
      new QueryCommand({
        TableName: table(),
        IndexName: 'kind-index',
        KeyConditionExpression: 'kind = :k',
        ExpressionAttributeValues: { ':k': { S: 'thing' } },
      }),
    );
    expect(found.Items).toEqual([{ pk: { S: 'a' }, kind: { S: 'thing' }, note: { S: 'n' } }]);
    await expect(
      client.send(new DeleteItemCommand({ TableName: table(), Key: { pk: { S: 'a' } } })),
    ).rejects.toEqual(refusal('AccessDeniedException'));
  });

  it('says that a table is not there', async () => {
    await expect(
      dynamodb().send(new GetItemCommand({ TableName: 'other', Key: { pk: { S: 'a' } } })),
    ).rejects.toEqual(refusal('ResourceNotFoundException'));
  });
});

describe('SSM', () => {
  it('has the values of the templates', async () => {
    const outer = cloud.resources.byLogicalId('Outer')?.physicalId;
    const { Parameter } = await ssm().send(new GetParameterCommand({ Name: '/small/endpoint' }));
    expect(Parameter?.Value).toBe(`https://${outer}.execute-api.us-east-1.amazonaws.com/live`);
  });

  it('stores what is put, and overwrites only when told', async () => {
    const put = (Value: string, Overwrite?: boolean) =>
      ssm().send(new PutParameterCommand({ Name: '/small/ami', Type: 'String', Value, Overwrite }));
    await put('ami-1');
    await expect(put('ami-2')).rejects.toEqual(refusal('ParameterAlreadyExists'));
    expect((await put('ami-2', true)).Version).toBe(2);
    const { Parameters, InvalidParameters } = await ssm().send(
      new GetParametersCommand({ Names: ['/small/ami', '/small/none'] }),
    );
    expect(Parameters?.map(({ Value }) => Value)).toEqual(['ami-2']);
    expect(InvalidParameters).toEqual(['/small/none']);
    expect(cloud.parameter('/small/ami')).toBe('ami-2');
  });

  it('shows nothing to a role that no policy lets', async () => {
    await expect(
      ssm(functionRole()).send(new GetParameterCommand({ Name: '/small/endpoint' })),
    ).rejects.toEqual(refusal('AccessDeniedException'));
  });
});

describe('STS', () => {
  it('tells callers who they are', async () => {
    expect(await sts().send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: 'arn:aws:iam::000000000000:user/local-operator',
      Account: '000000000000',
    });
    expect(await sts(functionRole()).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: 'arn:aws:sts::000000000000:assumed-role/echo/echo',
    });
  });

  const assume = (role: string, more: object = {}) =>
    sts().send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::000000000000:role/${role}`,
        RoleSessionName: 'me',
        ...more,
      }),
    );

  it('gives a session of a role that trusts the caller', async () => {
    const { Credentials } = await assume('strangers', { DurationSeconds: 900 });
    const session = {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    };
    expect(Credentials!.Expiration!.getTime()).toBeLessThanOrEqual(Date.now() + 900_000);
    expect((await sts(session).send(new GetCallerIdentityCommand({}))).Arn).toBe(
      'arn:aws:sts::000000000000:assumed-role/strangers/me',
    );
    const cut = { ...session, sessionToken: 'other' };
    await expect(sts(cut).send(new GetCallerIdentityCommand({}))).rejects.toEqual(
      refusal('InvalidClientTokenId'),
    );
  });

  it('gives none of a role that does not, that wants a second factor, or that is not there', async () => {
    await expect(assume('instances')).rejects.toEqual(refusal('AccessDenied'));
    await expect(assume('guarded')).rejects.toEqual(refusal('AccessDenied'));
    await expect(
      assume('guarded', { SerialNumber: 'arn:aws:iam::000000000000:mfa/me', TokenCode: '000000' }),
    ).rejects.toEqual(refusal('AccessDenied'));
    await expect(assume('none')).rejects.toEqual(refusal('AccessDenied'));
    await expect(assume('strangers', { DurationSeconds: 7200 })).rejects.toEqual(refusal('ValidationError'));
  });
});

describe('after a restart', () => {
  it('has the same ids, keys, items, parameters and sessions', async () => {
    const session = functionRole();
    const ids = cloud.resources.all().map(({ physicalId }) => physicalId);
    const { CiphertextBlob } = await kms().send(
      new EncryptCommand({
        KeyId: keyArn('Seal'),
        Plaintext: Buffer.from('kept'),
        EncryptionContext: { app: 'small' },
      }),
    );
    await cloud.stop();
    cloud = await start();
    expect(cloud.resources.all().map(({ physicalId }) => physicalId)).toEqual(ids);
    const opened = await kms(session).send(
      new DecryptCommand({ CiphertextBlob, EncryptionContext: { app: 'small' } }),
    );
    expect(Buffer.from(opened.Plaintext!).toString()).toBe('kept');
    const { Item } = await dynamodb(session).send(
      new GetItemCommand({ TableName: table(), Key: { pk: { S: 'a' } } }),
    );
    expect(Item?.['hidden']).toEqual({ S: 'h' });
    expect(cloud.parameter('/small/ami')).toBe('ami-2');
  });
});
