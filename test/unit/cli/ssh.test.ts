import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { useWorld } from './world.ts';

const world = useWorld();
const directory = mkdtempSync(join(tmpdir(), 'sealroot-ssh-'));
const at = (name: string) => join(directory, name);

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
const keygen = (name: string, ...args: string[]) =>
  run('ssh-keygen', '-q', '-f', at(name), '-C', `${name}@test`, ...args);
/** Fingerprints by ssh-keygen and openssl, which is how the EC2 user guide says to compute them. */
const openssh = (name: string, algorithm: string) =>
  run('ssh-keygen', '-l', '-E', algorithm, '-f', at(`${name}.pub`))
    .toString()
    .split(' ')[1];
const shell = (script: string) => run('/bin/sh', '-c', script).toString().trim().replace(/^.* /, '');
/** EC2 user guide: for a key that EC2 made. */
const created = (pem: string) =>
  shell(`openssl pkcs8 -in ${pem} -inform PEM -outform DER -topk8 -nocrypt | openssl sha1 -c`);
/** EC2 user guide: for a key that was imported. */
const imported = (pem: string) => shell(`openssl rsa -in ${pem} -pubout -outform DER | openssl md5 -c`);

beforeAll(() => {
  keygen('rsa', '-t', 'rsa', '-b', '2048', '-N', '');
  keygen('ed25519', '-t', 'ed25519', '-N', '');
  keygen('ecdsa', '-t', 'ecdsa', '-N', '');
  // The same keys in every other form.
  for (const [format, name] of [
    ['PEM', 'rsa.pkcs1'],
    ['PKCS8', 'rsa.pkcs8'],
  ] as const) {
    copyFileSync(at('rsa'), at(name));
    run('ssh-keygen', '-p', '-q', '-N', '', '-m', format, '-f', at(name));
    copyFileSync(at('rsa'), at(`${name}.closed`));
    run('ssh-keygen', '-p', '-q', '-N', 'open sesame', '-m', format, '-f', at(`${name}.closed`));
  }
  copyFileSync(at('rsa'), at('rsa.closed'));
  run('ssh-keygen', '-p', '-q', '-N', 'open sesame', '-f', at('rsa.closed'));
  for (const name of ['rsa', 'ed25519']) {
    writeFileSync(at(`${name}.rfc4716`), run('ssh-keygen', '-e', '-m', 'RFC4716', '-f', at(`${name}.pub`)));
  }
  writeFileSync(at('rsa.spki'), run('ssh-keygen', '-e', '-m', 'PKCS8', '-f', at('rsa.pub')));
  run('openssl', 'genpkey', '-algorithm', 'ed25519', '-out', at('openssl'));
});

beforeEach(() => {
  world().cwd = directory;
});

interface Key {
  file: string;
  kind: string;
  bits?: number;
  comment?: string;
  openssh: { sha256: string; md5: string };
  ec2: { created?: string; imported?: string };
  remark?: string;
  keyPairs: { name: string }[] | null;
}

async function fingerprint(...words: string[]): Promise<Key[]> {
  const { stdout } = await world().run(['ssh', 'fingerprint', '--json', ...words]);
  return (JSON.parse(stdout) as { keys: Key[] }).keys;
}

const PRIVATE = ['rsa', 'rsa.pkcs1', 'rsa.pkcs8'];
const PUBLIC = ['rsa.pub', 'rsa.rfc4716', 'rsa.spki'];

describe('an RSA key', () => {
  it.each([...PRIVATE, ...PUBLIC])(
    'has the fingerprints of ssh-keygen and openssl, from %s',
    async (file) => {
      const [key] = await fingerprint(file);
      expect(key).toMatchObject({
        kind: 'ssh-rsa',
        bits: 2048,
        openssh: { sha256: openssh('rsa', 'sha256'), md5: openssh('rsa', 'md5') },
      });
      expect(key?.ec2.imported).toBe(imported('rsa.pkcs1'));
      expect(key?.ec2.created).toBe(PRIVATE.includes(file) ? created('rsa.pkcs1') : undefined);
    },
  );

  it('says why the digest of the private key is missing from a public one', async () => {
    const [key] = await fingerprint('rsa.pub');
    expect(key?.remark).toContain('give the private key file');
  });

  it.each(['rsa.pkcs1.closed', 'rsa.pkcs8.closed'])('is opened with a passphrase: %s', async (file) => {
    world().typed = ['wrong', 'open sesame'];
    const [key] = await fingerprint(file);
    expect(key?.ec2.created).toBe(created('rsa.pkcs1'));
    expect(world().asked).toEqual([
      `Passphrase of ${file}: `,
      `That does not open it. Passphrase of ${file}: `,
    ]);
  });

  it.each(['rsa.pkcs1.closed', 'rsa.pkcs8.closed'])(
    'cannot be read without its passphrase: %s',
    async (file) => {
      const { exit, stdout, stderr } = await world().run(['ssh', 'fingerprint', file, 'rsa.pub']);
      expect(exit).toBe(2);
      expect(stderr).toContain(`${file} cannot be read: it is closed by a passphrase`);
      expect(stdout).toContain(openssh('rsa', 'sha256'));
    },
  );

  it('shows what OpenSSH’s own closed format has in clear', async () => {
    const [key] = await fingerprint('rsa.closed');
    expect(key).toMatchObject({
      openssh: { sha256: openssh('rsa', 'sha256') },
      ec2: { imported: imported('rsa.pkcs1') },
      remark: expect.stringContaining('ssh-keygen -p -m PKCS8'),
    });
    expect(key?.ec2).not.toHaveProperty('created');
  });
});

describe('an Ed25519 key', () => {
  it.each(['ed25519', 'ed25519.pub', 'ed25519.rfc4716'])(
    'has the same digest everywhere, from %s',
    async (file) => {
      const [key] = await fingerprint(file);
      const sha256 = openssh('ed25519', 'sha256')!;
      expect(key).toMatchObject({
        kind: 'ssh-ed25519',
        openssh: { sha256, md5: openssh('ed25519', 'md5') },
        ec2: { created: `${sha256.slice(7)}=`, imported: `${sha256.slice(7)}=` },
      });
    },
  );

  it('is read as openssl makes it', async () => {
    writeFileSync(at('openssl.pub'), readFileSync(at('openssl')));
    const [key] = await fingerprint('openssl');
    const der = run('openssl', 'pkey', '-in', at('openssl'), '-pubout', '-outform', 'DER');
    const line = Buffer.concat([
      Buffer.from('0000000b7373682d6564323535313900000020', 'hex'),
      der.subarray(-32),
    ]).toString('base64');
    writeFileSync(at('openssl.pub'), `ssh-ed25519 ${line}\n`);
    expect(key?.openssh.sha256).toBe(openssh('openssl', 'sha256'));
  });
});

describe('other keys', () => {
  it('have the fingerprints of OpenSSH, and none of EC2', async () => {
    const [key] = await fingerprint('ecdsa');
    expect(key).toMatchObject({
      kind: 'ecdsa-sha2-nistp256',
      openssh: { sha256: openssh('ecdsa', 'sha256') },
      ec2: {},
    });
  });

  it('are all shown when a file has many, such as authorized_keys', async () => {
    const lines = [
      '# keys',
      `from="10.0.0.1" ${readFileSync(at('rsa.pub'), 'utf8').trim()}`,
      readFileSync(at('ed25519.pub'), 'utf8'),
    ];
    writeFileSync(at('authorized_keys'), lines.join('\n'));
    const keys = await fingerprint('authorized_keys');
    expect(keys.map(({ kind, comment }) => [kind, comment])).toEqual([
      ['ssh-rsa', 'rsa@test'],
      ['ssh-ed25519', 'ed25519@test'],
    ]);
  });

  it.each([
    ['empty', ''],
    ['text', 'hello world\n'],
    ['cut', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC4z\n'],
    ['mislabelled', 'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIC4zmJMOGp52cULfYNnyWdgcbWVfMd5WCiw6F1/A4WYa\n'],
    ['certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['damaged', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    [
      'damaged-openssh',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n',
    ],
  ])('are refused when the file is no key: %s', async (name, content) => {
    writeFileSync(at(name), content);
    const { exit, stdout, stderr } = await world().run(['ssh', 'fingerprint', name]);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(`${name} cannot be read`);
  });

  it('are refused when there is no such file', async () => {
    expect((await world().run(['ssh', 'fingerprint', 'nothing'])).stderr).toContain('no such file');
  });
});

describe('the key pairs of the account', () => {
  it.each([
    ['made by EC2', 'rsa.pkcs1', () => created('rsa.pkcs1')],
    ['imported', 'rsa.pub', () => imported('rsa.pkcs1')],
    ['of Ed25519, padded', 'ed25519.pub', () => `${openssh('ed25519', 'sha256')!.slice(7)}=`],
    ['of Ed25519, not padded', 'ed25519.pub', () => openssh('ed25519', 'sha256')!.slice(7)],
  ])('are found by what EC2 shows: %s', async (_, file, shown) => {
    world().ec2.keyPairs = [
      { name: 'other', fingerprint: '00:11' },
      { name: 'web', fingerprint: shown() },
    ];
    const [key] = await fingerprint(file);
    expect(key?.keyPairs?.map(({ name }) => name)).toEqual(['web']);
    expect((await world().run(['ssh', 'fingerprint', file])).stdout).toMatch(/Key pair +web \(key-0web\)/);
  });

  it('are found by the key itself, where its fingerprint cannot be computed', async () => {
    const publicKey = readFileSync(at('rsa.pub'), 'utf8').trim();
    world().ec2.keyPairs = [{ name: 'web', fingerprint: created('rsa.pkcs1'), publicKey }];
    expect((await fingerprint('rsa.pub'))[0]?.keyPairs).toHaveLength(1);
    expect(world().ec2.call('DescribeKeyPairs')).toMatchObject({ IncludePublicKey: 'true' });
  });

  it('may have none', async () => {
    expect((await world().run(['ssh', 'fingerprint', 'rsa'])).stdout).toMatch(
      /Key pair +none of the account/,
    );
  });

  it('are done without when EC2 does not tell, and it says why', async () => {
    world().ec2.errors.set('DescribeKeyPairs', ['UnauthorizedOperation']);
    const { exit, stdout, stderr } = await world().run(['ssh', 'fingerprint', 'rsa']);
    expect(exit).toBe(0);
    expect(stdout).toContain(created('rsa.pkcs1'));
    expect(stderr).toContain('not compared. AWS says UnauthorizedOperation');
  });

  it('are not asked for with --no-account', async () => {
    expect((await fingerprint('--no-account', 'rsa'))[0]?.keyPairs).toBeNull();
    expect(world().ec2.calls).toEqual([]);
  });
});
