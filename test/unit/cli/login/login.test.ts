import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FIDO, roleArn, VIRTUAL } from '../fake-iam.ts';
import { SECRET } from '../sigv4.ts';
import { NOW, useWorld } from '../world.ts';

const world = useWorld();
const iam = () => world().iam;
const cache = () => join(process.env['XDG_CACHE_HOME']!, 'sealroot');
const sessions = () => readdirSync(join(cache(), 'sessions'));

/** Expects no part of a session that its reader could use. */
const SECRETS = new RegExp(`${SECRET}|token-of-`);

beforeEach(() => {
  world().typed = ['123456', '234567', '345678'];
});

describe('login', () => {
  it('asks the terminal for a code of the device that it found, and assumes the role in the name of the user', async () => {
    const { exit, stdout, stderr } = await world().run(['login']);
    expect({ exit, failed: /^sealroot:/m.test(stderr) }).toEqual({ exit: 0, failed: false });
    expect(iam().call('AssumeRole')).toMatchObject({
      RoleArn: roleArn('operator'),
      RoleSessionName: 'ann',
      SerialNumber: VIRTUAL,
      TokenCode: '123456',
      DurationSeconds: '14400',
    });
    expect(world().shown).toBe('MFA code of mfa/ann for operator of stage dev: ');
    expect(stdout).toMatch(/^You are operator of stage dev in eu-west-1 for 4h, /);
    expect(stderr).toContain('Good for: launch');
  });

  it('puts no secret into what it says, even with SEALROOT_DEBUG', async () => {
    process.env['SEALROOT_DEBUG'] = '1';
    const { stdout, stderr } = await world().run(['login']);
    const json = await world().run(['login', '--json']);
    const status = await world().run(['login', 'status', '--json']);
    for (const text of [stdout, stderr, json.stdout, json.stderr, status.stdout, world().shown])
      expect(text).not.toMatch(SECRETS);
    expect(JSON.parse(json.stdout)).toMatchObject({ role: 'operator', roleArn: roleArn('operator') });
  });

  it('asks for no code while the session lasts', async () => {
    await world().run(['login']);
    world().time += 3 * 3600_000;
    expect((await world().run(['login'])).stdout).toContain('for 1h');
    expect(
      iam()
        .actions()
        .filter((action) => action === 'AssumeRole'),
    ).toHaveLength(1);
  });

  it.each([
    ['it is about to end', [], 4 * 3600_000 - 299_000],
    ['a new one is asked for', ['--fresh'], 60_000],
    ['a code is given', ['--code', '234567'], 60_000],
    ['it is of another role', ['--role', 'custodian'], 60_000],
  ])('gets another session when %s', async (_, words, later) => {
    await world().run(['login']);
    world().time += later;
    expect((await world().run(['login', ...words])).exit).toBe(0);
    expect(
      iam()
        .actions()
        .filter((action) => action === 'AssumeRole'),
    ).toHaveLength(2);
  });

  it('takes no session that other keys got', async () => {
    await world().run(['login']);
    process.env['AWS_ACCESS_KEY_ID'] = 'OTHER';
    const { stdout } = await world().run(['login', '--format', 'process']);
    expect(JSON.parse(stdout).AccessKeyId).toBe('ASIA2');
  });

  it('takes the ARN of a role of another account, about which it cannot ask', async () => {
    const arn = 'arn:aws:iam::111111111111:role/sealroot-dev-eu-west-1-access-custodian';
    const { stdout } = await world().run(['login', '--role', arn]);
    expect(iam().call('AssumeRole')).toMatchObject({ RoleArn: arn, DurationSeconds: '3600' });
    expect(iam().actions()).not.toContain('GetRole');
    expect(stdout).toContain('custodian');
  });

  it('signs with the keys of the user, not with those of a session that a shell has from it', async () => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'ASIA9',
      AWS_SESSION_TOKEN: 'x',
      SEALROOT_ROLE: 'operator',
    });
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(process.env['XDG_CACHE_HOME']!, 'credentials');
    writeFileSync(
      process.env['AWS_SHARED_CREDENTIALS_FILE'],
      `[home]\naws_access_key_id = HOME\naws_secret_access_key = ${SECRET}\n`,
    );
    process.env['SEALROOT_PROFILE'] = 'home';
    expect((await world().run(['login', '--role', 'custodian'])).exit).toBe(0);
    expect(new Set(iam().calls.map(({ key }) => key))).toEqual(new Set(['HOME']));
  });
});

describe('the MFA device', () => {
  it('is the one that shows codes, when there are several, and it says which', async () => {
    iam().devices = [FIDO, 'GAHT12345678', VIRTUAL];
    const { stderr } = await world().run(['login']);
    expect(iam().call('AssumeRole')).toMatchObject({ SerialNumber: VIRTUAL });
    expect(stderr).toContain('taking mfa/ann');
  });

  it('is a hardware token when there is nothing else', async () => {
    iam().devices = ['GAHT12345678'];
    await world().run(['login']);
    expect(iam().call('AssumeRole')).toMatchObject({ SerialNumber: 'GAHT12345678' });
  });

  it('is taken to be named after the user who may not list devices', async () => {
    iam().errors.set('ListMFADevices', 'AccessDenied');
    expect((await world().run(['login'])).exit).toBe(0);
    expect(iam().call('AssumeRole')).toMatchObject({ SerialNumber: VIRTUAL });
  });

  it('can be named', async () => {
    iam().devices = [VIRTUAL, 'arn:aws:iam::000000000000:mfa/phone'];
    await world().run(['login', '--serial', 'arn:aws:iam::000000000000:mfa/phone']);
    expect(iam().call('AssumeRole')).toMatchObject({ SerialNumber: 'arn:aws:iam::000000000000:mfa/phone' });
  });
});

describe('a wish that cannot be met', () => {
  const fido = () => (iam().devices = [FIDO]);
  const caller = (arn: string) => () => (iam().caller = arn);
  it.each<[string, string[], () => unknown, number, string]>([
    ['a FIDO key alone', [], fido, 4, 'in a browser only'],
    ['a FIDO key by name', ['--serial', FIDO], () => undefined, 4, 'in a browser only'],
    ['no device', [], () => (iam().devices = []), 4, 'sealroot guard enrol'],
    [
      'a session of a role',
      [],
      caller('arn:aws:sts::000000000000:assumed-role/admin/ann'),
      4,
      'role chaining',
    ],
    [
      'a federated user',
      [],
      caller('arn:aws:sts::000000000000:federated-user/ann'),
      4,
      'no session with MFA',
    ],
    ['the root user', [], caller('arn:aws:iam::000000000000:root'), 4, 'root user'],
    ['a name that no session can have', [], caller('arn:aws:iam::000000000000:user/x'), 4, 'too short'],
    ['more than the role gives', ['--duration', '5h'], () => undefined, 2, '4h at most, not 5h'],
    ['more than AWS gives', ['--duration', '13h'], () => undefined, 2, '12 hours'],
    ['less than AWS gives', ['--duration', '600'], () => undefined, 2, '15 minutes'],
    ['a duration that is none', ['--duration', 'long'], () => undefined, 2, '45m, 4h'],
    ['a code that is none', ['--code', '12345'], () => undefined, 2, 'six digits'],
    ['no such role', ['--role', 'maintainer'], () => undefined, 3, 'access-maintainer'],
    ['a role that is none', ['--role', 'king'], () => undefined, 2, 'operator, custodian, auditor'],
    ['no terminal', [], () => (world().typed = undefined), 2, '--code-command'],
  ])('is explained and costs no code: %s', async (_, words, prepare, code, said) => {
    prepare();
    const { exit, stdout, stderr } = await world().run(['login', ...words]);
    expect({ exit, stdout }).toEqual({ exit: code, stdout: '' });
    expect(stderr).toContain(said);
    expect(iam().actions()).not.toContain('AssumeRole');
    expect(world().shown).toBe('');
  });

  it('is left to AWS when the user may not see the role', async () => {
    iam().errors.set('GetRole', 'AccessDenied');
    expect((await world().run(['login', '--duration', '5h'])).exit).toBe(0);
    expect(iam().call('AssumeRole')).toMatchObject({ DurationSeconds: '18000' });
  });
});

describe('a code', () => {
  it('that AWS refuses is followed by the next', async () => {
    world().typed = ['999999', '123456'];
    expect((await world().run(['login'])).exit).toBe(0);
    expect(world().shown).toContain('wrong, or was used already');
  });

  it('that was sent before is not sent again: the person is asked for the next', async () => {
    await world().run(['login']);
    world().typed = ['123456', '234567'];
    expect((await world().run(['login', '--role', 'custodian'])).exit).toBe(0);
    expect(world().shown).toContain('was used already, at ');
    const sent = iam().calls.filter(({ action }) => action === 'AssumeRole');
    expect(sent.map(({ parameters }) => parameters['TokenCode'])).toEqual(['123456', '234567']);
  });

  it('given by --code that was sent before is refused without asking AWS', async () => {
    await world().run(['login', '--code', '123456']);
    const { exit, stderr } = await world().run(['login', '--role', 'custodian', '--code', '123456']);
    expect(exit).toBe(4);
    expect(stderr).toContain('Repeat the command with the next code.');
    expect(
      iam()
        .actions()
        .filter((action) => action === 'AssumeRole'),
    ).toHaveLength(1);
  });

  it('is tried three times, no more', async () => {
    world().typed = ['999991', '999992', '999993', '123456'];
    const { exit, stderr } = await world().run(['login']);
    expect(exit).toBe(4);
    expect(stderr).toContain('clock');
    expect(world().typed).toEqual(['123456']);
  });

  it('is asked for again when it has no six digits', async () => {
    world().typed = ['12345', '123 456'];
    expect((await world().run(['login'])).exit).toBe(0);
  });

  it('of a command is awaited when the last one was used', async () => {
    const codes = ['123456\n', '123456\n', '234567\nmore\n'];
    world().program = () => ({ status: 0, stdout: codes.shift()! });
    await world().run(['login', '--code-command', 'otp aws']);
    world().time = NOW + 10_000;
    expect((await world().run(['login', '--role', 'custodian', '--code-command', 'otp aws'])).exit).toBe(0);
    expect(world().slept).toEqual([20_500]);
    expect(world().captured[0]).toMatchObject({ command: '/bin/sh', args: ['-c', 'otp aws'] });
  });

  it.each([
    ['fails', { status: 3, stdout: '' }, 'exit code 3'],
    ['prints something else', { status: 0, stdout: 'topsecret\n' }, 'did not print six digits'],
  ])('of a command that %s is none', async (_, answer, said) => {
    world().program = () => answer;
    const { exit, stderr } = await world().run(['login', '--code-command', 'otp']);
    expect(exit).toBe(2);
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('topsecret');
  });
});

describe('what AWS says no to', () => {
  it('is explained when the role does not trust the user', async () => {
    iam().errors.set('AssumeRole', 'AccessDenied');
    const { exit, stderr } = await world().run(['login']);
    expect(exit).toBe(4);
    expect(stderr).toContain('docs/reference/access.md');
    expect(world().typed).toHaveLength(2);
  });

  it('is explained when the device is not the user’s', async () => {
    const { exit, stderr } = await world().run(['login', '--serial', 'arn:aws:iam::000000000000:mfa/bob']);
    expect(exit).toBe(4);
    expect(stderr).toContain('does not take codes of mfa/bob');
  });

  it('is passed on when there are no keys', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
      Reflect.deleteProperty(process.env, name);
    const { exit, stderr } = await world().run(['login']);
    expect(exit).toBe(4);
    expect(stderr).toContain('There are no access keys to log in with');
  });
});

describe('a profile whose credential_process is this command', () => {
  it('is not its own source', async () => {
    process.env['SEALROOT_LOGIN'] = '1';
    const { exit, stderr } = await world().run(['login', '--format', 'process']);
    expect(exit).toBe(2);
    expect(stderr).toContain('--profile NAME');
  });
});

describe('the cache', () => {
  it('is readable by nobody else', async () => {
    await world().run(['login']);
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect(mode(cache())).toBe(0o700);
    expect(mode(join(cache(), 'sessions'))).toBe(0o700);
    expect(mode(join(cache(), 'sessions', sessions()[0]!))).toBe(0o600);
    expect(mode(join(cache(), 'spent.json'))).toBe(0o600);
  });

  it('keeps no code in clear', async () => {
    await world().run(['login']);
    expect(readFileSync(join(cache(), 'spent.json'), 'utf8')).not.toContain('123456');
  });

  it('says once that there is no keyring', async () => {
    expect((await world().run(['login'])).stderr).toContain('no keyring');
    expect((await world().run(['login', '--role', 'custodian'])).stderr).not.toContain('no keyring');
  });

  it.each([
    ['a file that others may read', () => chmodSync(join(cache(), 'sessions', sessions()[0]!), 0o644)],
    ['a directory that others may enter', () => chmodSync(join(cache(), 'sessions'), 0o755)],
    [
      'a link to elsewhere',
      () => {
        const file = join(cache(), 'sessions', sessions()[0]!);
        writeFileSync('/tmp/sealroot-elsewhere', readFileSync(file), { mode: 0o600 });
        rmSync(file);
        symlinkSync('/tmp/sealroot-elsewhere', file);
      },
    ],
  ])('refuses %s', async (_, prepare) => {
    await world().run(['login']);
    prepare();
    const { exit, stderr } = await world().run(['login']);
    expect(exit).toBe(4);
    expect(stderr).toContain('not yours alone');
    expect((await world().run(['logout', '--all'])).exit).toBe(0);
    expect((await world().run(['login', '--fresh'])).exit).toBe(0);
  });

  it('does without a file that holds something else', async () => {
    await world().run(['login']);
    writeFileSync(join(cache(), 'sessions', sessions()[0]!), '{"facts":{}');
    expect((await world().run(['login'])).exit).toBe(0);
  });

  it('says where it cannot be', async () => {
    process.env['XDG_CACHE_HOME'] = '/etc/passwd/nowhere';
    const { exit, stderr } = await world().run(['login']);
    expect(exit).toBe(4);
    expect(stderr).toContain('XDG_CACHE_HOME=DIR');
  });

  it('lets one login ask at a time, and gives up when that one does not end', async () => {
    await world().run(['logout', '--all']);
    mkdirSync(cache(), { mode: 0o700 });
    writeFileSync(join(cache(), 'login.lock'), String(process.pid));
    const { exit, stderr } = await world().run(['login']);
    expect(exit).toBe(7);
    expect(stderr).toContain('Another login');
    expect(iam().actions()).toEqual([]);
  });

  it('does not wait for a login that was killed', async () => {
    mkdirSync(cache(), { mode: 0o700 });
    writeFileSync(join(cache(), 'login.lock'), String(2 ** 22 + 1));
    expect((await world().run(['login'])).exit).toBe(0);
    expect(readdirSync(cache())).not.toContain('login.lock');
  });
});

describe('the cache with a keyring', () => {
  let kept: string;
  beforeEach(() => {
    kept = '';
    process.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nonexistent';
    world().program = (command, [verb], input) => {
      expect(command).toBe('secret-tool');
      if (verb === 'store') kept = input!;
      return { status: 0, stdout: verb === 'lookup' ? kept : '' };
    };
  });
  const file = () => join(cache(), 'sessions', sessions()[0]!);

  it('is encrypted, with a key that is on no command line', async () => {
    const { stderr } = await world().run(['login']);
    expect(stderr).not.toContain('keyring');
    expect(readFileSync(file(), 'utf8')).not.toMatch(SECRETS);
    expect(JSON.stringify(world().captured.map(({ args }) => args))).not.toContain(kept);
    expect(Buffer.from(kept, 'base64')).toHaveLength(32);
    const { stdout } = await world().run(['login', '--format', 'process']);
    expect(JSON.parse(stdout)).toMatchObject({ SessionToken: 'token-of-ASIA1' });
  });

  it('is of no use without the key, or with facts that were changed', async () => {
    await world().run(['login']);
    const stored = JSON.parse(readFileSync(file(), 'utf8'));
    writeFileSync(
      file(),
      JSON.stringify({ ...stored, facts: { ...stored.facts, expires: '2030-01-01T00:00:00.000Z' } }),
    );
    await world().run(['login', '--format', 'process']);
    expect(
      iam()
        .actions()
        .filter((action) => action === 'AssumeRole'),
    ).toHaveLength(2);
    kept = Buffer.alloc(32).toString('base64');
    await world().run(['login', '--format', 'process']);
    expect(
      iam()
        .actions()
        .filter((action) => action === 'AssumeRole'),
    ).toHaveLength(3);
  });

  it('falls back to a private file when the keyring is locked', async () => {
    world().program = () => ({ status: 1, stdout: '' });
    expect((await world().run(['login'])).stderr).toContain('no keyring');
    expect(JSON.parse((await world().run(['login', '--format', 'process'])).stdout)).toHaveProperty(
      'Version',
      1,
    );
  });

  it('is left alone when it is switched off', async () => {
    process.env['SEALROOT_KEYRING'] = 'off';
    await world().run(['login']);
    expect(world().captured).toEqual([]);
  });
});
