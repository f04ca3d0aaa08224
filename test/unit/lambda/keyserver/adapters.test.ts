import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { DescribeImagesCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  ReEncryptCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { ec2Inventory } from '../../../../lambda/keyserver/adapters/ec2.ts';
import { kmsRecoveryKey, kmsSealKey, kmsSigner } from '../../../../lambda/keyserver/adapters/kms.ts';
import { kmsReseal } from '../../../../lambda/operator/adapters/kms.ts';

const region = 'eu-west-1';
const kms = mockClient(KMSClient);
const ec2 = mockClient(EC2Client);
const context = { app: 'sealroot', stage: 'dev' };
const named = (name: string): Error => Object.assign(new Error(name), { name });

beforeEach(() => {
  kms.reset();
  ec2.reset();
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

describe('when KMS signs', () => {
  it('turns its DER into r and s that verify', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    kms.on(SignCommand).callsFake(({ Message }: { Message: Uint8Array }) => ({
      Signature: new Uint8Array(sign('sha256', Message, privateKey)),
    }));
    const raw = await kmsSigner(new KMSClient({ region }), 'arn:sign')(Buffer.from('abc'));
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', Buffer.from('abc'), key, raw)).toBe(true);
  });

  it('fetches the recovery key once, and again after a failure', async () => {
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

describe('when EC2 is asked', () => {
  const inventory = ec2Inventory(new EC2Client({ region }));

  it('answers what an enrolment goes by', async () => {
    const Instances = [
      {
        InstanceId: 'i-1',
        State: { Name: 'running' as const },
        VpcId: 'vpc-1',
        PrivateIpAddress: '10.0.0.1',
        ImageId: 'ami-1',
        IamInstanceProfile: { Arn: 'arn:profile' },
        Tags: [{ Key: 'sealroot:stage', Value: 'dev' }],
      },
    ];
    ec2.on(DescribeInstancesCommand, { InstanceIds: ['i-1'] }).resolves({ Reservations: [{ Instances }] });
    expect(await inventory.instance('i-1')).toEqual({
      state: 'running',
      vpc: 'vpc-1',
      address: '10.0.0.1',
      image: 'ami-1',
      profile: 'arn:profile',
      tags: { 'sealroot:stage': 'dev' },
    });
  });

  it('does not take another instance or image for the one that was asked for', async () => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [{ InstanceId: 'i-2' }] }] });
    ec2.on(DescribeImagesCommand).resolves({ Images: [{ ImageId: 'ami-2' }] });
    expect(await inventory.instance('i-1')).toBeUndefined();
    expect(await inventory.image('ami-1')).toBeUndefined();
  });

  it('takes an unknown id as an answer, and fails on the rest', async () => {
    ec2.on(DescribeInstancesCommand).rejects(named('InvalidInstanceID.NotFound'));
    ec2.on(DescribeImagesCommand).rejects(named('RequestLimitExceeded'));
    expect(await inventory.instance('i-1')).toBeUndefined();
    await expect(inventory.image('ami-1')).rejects.toThrow('RequestLimitExceeded');
  });
});
