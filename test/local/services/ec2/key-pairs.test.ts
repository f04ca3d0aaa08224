import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateKeyPairCommand,
  DeleteKeyPairCommand,
  DescribeKeyPairsCommand,
  ImportKeyPairCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ec2Service } from '../../../../local/services/ec2/service.ts';
import { context, FakeLauncher, sdkClient, stateDirectory } from './fakes.ts';

/** Made by ssh-keygen; the fingerprints by ssh-keygen and by openssl, as the EC2 user guide tells to compare them. */
const RSA =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDHtmrwaBvoN0TaWAjavuA6T6n92//5FQo+hDXxF6iFw24kS+gjfS32asQ1rW30KE0AFHpY0p9yoAH1669O/SteXZ6hx8RzZP/OHz2MdemOGt8vHNQP70Ux/6fjLsACxN/8OVRDe7Te+jyTtY98PNk31tXILYe/0bwvBEgtXeM+Bd0gulfXf6vA7FfK4W9DMp5CF6b5q1hT7baYrItOjBU5iRmVxmysHMyUMP4RnEHv/MZDN4AOf0QmlAxiWxpgDTyfRuZD/iu0D73dPDh+jkx3JKvF2xE6+O0QIPcXwkodgVF8MCARuEB/SVcDWUAwf7rtmtNFip9pbREpmqHKOBvV';
const RSA_IMPORTED = 'f0:cf:7f:b8:de:81:3b:61:10:f4:a1:9d:c6:1a:7d:b1';
const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL/SR34gmTFW+3J+aQS0pCUoxyXB9IzW8zlL24Cd/iAz';
const ED25519_FINGERPRINT = 'dLRQVhhcyeFFL4APp/vQFohieJj1u6VMYri8r6b6jlI=';
const ECDSA =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHbFGZpla33yMxlkkDondAnWb4xPGL7GYXGYUVhvKIgTcI1bbkdUJK/U1BJKEZ9LGNbXpPRbL/ZHUJ1c2dUV0sM=';

let state: string;
let ec2: Ec2Service;
let client: EC2Client;

const start = () => {
  ec2 = new Ec2Service(context(state), { launcher: new FakeLauncher() });
  client = sdkClient(ec2);
};
const code = (name: string): object => expect.objectContaining({ name });
const importKey = (KeyName: string, line: string) =>
  client.send(new ImportKeyPairCommand({ KeyName, PublicKeyMaterial: Buffer.from(line) }));
const describeKeys = async (input: object = {}) =>
  (await client.send(new DescribeKeyPairsCommand(input))).KeyPairs;

beforeEach(() => {
  state = stateDirectory();
  start();
});
afterEach(async () => {
  await ec2.stopAll();
  rmSync(state, { recursive: true });
});

describe('an imported key pair', () => {
  it('of RSA has the MD5 of its DER public key for a fingerprint', async () => {
    const answer = await importKey('mine', `${RSA} me@host\n`);
    expect(answer).toMatchObject({ KeyName: 'mine', KeyFingerprint: RSA_IMPORTED });
    expect(answer.KeyPairId).toMatch(/^key-[0-9a-f]{17}$/);
  });

  it('of Ed25519 has the fingerprint of OpenSSH, padded and without the name of the hash', async () => {
    expect((await importKey('mine', ED25519)).KeyFingerprint).toBe(ED25519_FINGERPRINT);
  });

  it.each([
    ['another kind of key', ECDSA],
    ['a name that is not the key’s', RSA.replace('ssh-rsa', 'ssh-ed25519')],
    ['half a key', RSA.slice(0, 200)],
    ['no base 64', 'ssh-rsa !!!'],
    ['no key', 'hello'],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n'],
  ])('is not made of %s', async (_, line) => {
    await expect(importKey('mine', line)).rejects.toEqual(code('InvalidKey.Format'));
    expect(await describeKeys()).toEqual([]);
  });

  it('does not take the place of another', async () => {
    await importKey('mine', RSA);
    await expect(importKey('mine', ED25519)).rejects.toEqual(code('InvalidKeyPair.Duplicate'));
  });
});

describe('a key pair that EC2 makes', () => {
  const make = (KeyName: string, KeyType?: 'rsa' | 'ed25519') =>
    client.send(new CreateKeyPairCommand({ KeyName, KeyType }));
  const openssh = async (KeyName: string) =>
    (await describeKeys({ KeyNames: [KeyName], IncludePublicKey: true }))![0]!.PublicKey!;

  it('is RSA by default; its fingerprint is the SHA-1 of the DER private key', async () => {
    const { KeyMaterial, KeyFingerprint } = await make('made');
    expect(KeyMaterial).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    const key = createPrivateKey(KeyMaterial!);
    const sha1 = createHash('sha1')
      .update(key.export({ type: 'pkcs8', format: 'der' }))
      .digest('hex');
    expect(KeyFingerprint).toBe(sha1.match(/../g)!.join(':'));
    // Imported, the same key has another one.
    const { KeyFingerprint: imported } = await importKey('imported', await openssh('made'));
    const md5 = createHash('md5').update(createPublicKey(key).export({ type: 'spki', format: 'der' }));
    expect(imported).toBe(md5.digest('hex').match(/../g)!.join(':'));
  });

  it('of Ed25519 comes in OpenSSH’s format, and has one fingerprint wherever it was made', async () => {
    const { KeyMaterial, KeyFingerprint } = await make('made', 'ed25519');
    expect(KeyMaterial).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    const [, point = ''] = (await openssh('made')).split(' ');
    const file = Buffer.from(KeyMaterial!.replace(/-----.*-----/g, ''), 'base64');
    // The private half is the seed and, once more, the public half, which nothing else in the file precedes.
    const publicHalf = Buffer.from(point, 'base64').subarray(-32);
    const seed = file.subarray(file.lastIndexOf(publicHalf) - 32, file.lastIndexOf(publicHalf));
    const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    expect(Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url')).toEqual(publicHalf);
    expect((await importKey('imported', await openssh('made'))).KeyFingerprint).toBe(KeyFingerprint);
  });

  it('is kept over a restart, without its private half, for the owner alone', async () => {
    const { KeyMaterial } = await make('made', 'ed25519');
    const before = await describeKeys();
    await ec2.stopAll();
    start();
    expect(await describeKeys()).toEqual(before);
    const file = join(state, 'key-pairs.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(KeyMaterial!.split('\n')[2]);
  });
});

describe('key pairs', () => {
  beforeEach(async () => {
    await importKey('one', RSA);
    await client.send(
      new ImportKeyPairCommand({
        KeyName: 'two',
        PublicKeyMaterial: Buffer.from(ED25519),
        TagSpecifications: [{ ResourceType: 'key-pair', Tags: [{ Key: 'team', Value: 'ops' }] }],
      }),
    );
  });

  it('are found by name, id, fingerprint and tag', async () => {
    const names = async (input: object) => (await describeKeys(input))?.map(({ KeyName }) => KeyName);
    const [one] = (await describeKeys())!;
    expect(one).toEqual({
      KeyPairId: expect.stringMatching(/^key-/),
      KeyName: 'one',
      KeyType: 'rsa',
      KeyFingerprint: RSA_IMPORTED,
      CreateTime: expect.any(Date),
      Tags: [],
    });
    expect(await names({ KeyNames: ['two'] })).toEqual(['two']);
    expect(await names({ KeyPairIds: [one!.KeyPairId!] })).toEqual(['one']);
    expect(await names({ Filters: [{ Name: 'fingerprint', Values: [ED25519_FINGERPRINT] }] })).toEqual([
      'two',
    ]);
    expect(await names({ Filters: [{ Name: 'tag:team', Values: ['ops'] }] })).toEqual(['two']);
    await expect(names({ KeyNames: ['three'] })).rejects.toEqual(code('InvalidKeyPair.NotFound'));
  });

  it('are deleted by name or id, and those that are gone stay gone', async () => {
    const [one] = (await describeKeys())!;
    await client.send(new DeleteKeyPairCommand({ KeyPairId: one!.KeyPairId! }));
    await client.send(new DeleteKeyPairCommand({ KeyName: 'two' }));
    await client.send(new DeleteKeyPairCommand({ KeyName: 'two' }));
    expect(await describeKeys()).toEqual([]);
  });

  it('are for those who may', async () => {
    await ec2.release();
    ec2 = new Ec2Service(context(state, { authorizer: { allows: () => false } }), {
      launcher: new FakeLauncher(),
    });
    client = sdkClient(ec2);
    const denied = code('UnauthorizedOperation');
    await expect(describeKeys()).rejects.toEqual(denied);
    await expect(importKey('three', RSA)).rejects.toEqual(denied);
    await expect(client.send(new CreateKeyPairCommand({ KeyName: 'three' }))).rejects.toEqual(denied);
    await expect(client.send(new DeleteKeyPairCommand({ KeyName: 'one' }))).rejects.toEqual(denied);
  });
});
