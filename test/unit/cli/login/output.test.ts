import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { formatted } from '../../../../cli/login/format.ts';
import { SECRET } from '../sigv4.ts';
import { NOW, useWorld } from '../world.ts';

const world = useWorld();
const EXPIRES = new Date(NOW + 4 * 3600_000).toISOString();

beforeEach(() => {
  world().typed = ['123456', '234567'];
});

/** Environment of a shell after it has evaluated this. */
function evaluated(lines: string, before: Record<string, string> = {}): Record<string, string> {
  const out = execFileSync('/bin/sh', ['-c', 'eval "$1"; env -0', 'sh', lines], { env: before });
  return Object.fromEntries(
    out
      .toString()
      .split('\0')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

const MISLEADING = {
  AWS_PROFILE: 'production',
  AWS_DEFAULT_PROFILE: 'production',
  AWS_SECURITY_TOKEN: 'old',
  AWS_ROLE_ARN: 'arn:aws:iam::1:role/x',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/x',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://x',
  SEALROOT_PROFILE: 'old',
};

describe('login --format env', () => {
  it('sets every variable of the session and unsets every other that a tool would mix in', async () => {
    const { stdout } = await world().run(['login', '--format', 'env']);
    const { PWD: _, ...shell } = evaluated(stdout, MISLEADING);
    expect(shell).toMatchObject({
      AWS_ACCESS_KEY_ID: 'ASIA1',
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_SESSION_TOKEN: 'token-of-ASIA1',
      AWS_CREDENTIAL_EXPIRATION: EXPIRES,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      SEALROOT_ROLE: 'operator',
      SEALROOT_STAGE: 'dev',
      SEALROOT_EXPIRES: String(Date.parse(EXPIRES) / 1000),
    });
    for (const name of Object.keys(MISLEADING)) expect(shell).not.toHaveProperty(name);
  });

  it('is undone by --unset, without a session or a code', async () => {
    const { stdout } = await world().run(['login', '--format', 'env']);
    const set = evaluated(stdout, MISLEADING);
    const undo = await world().run(['login', '--format', 'env', '--unset']);
    expect(Object.keys(evaluated(undo.stdout, set)).filter((name) => /^(AWS|SEALROOT)_/.test(name))).toEqual(
      [],
    );
    expect(world().typed).toHaveLength(1);
  });

  it('is undone by logout --format env, which forgets the session too', async () => {
    const { stdout } = await world().run(['login', '--format', 'env']);
    const undo = await world().run(['logout', '--format', 'env']);
    expect(evaluated(undo.stdout, evaluated(stdout))).not.toHaveProperty('AWS_SESSION_TOKEN');
    expect((await world().run(['login', 'status'])).exit).toBe(3);
  });

  it('remembers the profile that it came from', async () => {
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(process.env['XDG_CACHE_HOME']!, 'credentials');
    writeFileSync(
      process.env['AWS_SHARED_CREDENTIALS_FILE'],
      `[home]\naws_access_key_id = HOME\naws_secret_access_key = ${SECRET}\n`,
    );
    const { stdout } = await world().run(['login', '--format', 'env', '--profile', 'home']);
    expect(evaluated(stdout)).toMatchObject({ SEALROOT_PROFILE: 'home', AWS_ACCESS_KEY_ID: 'ASIA1' });
  });
});

describe('quoting', () => {
  const value = `it's $HOME \`id\` $(id) "x" \\ \u2019 \n end`;

  it('keeps a POSIX shell from reading anything into a value', () => {
    expect(evaluated(formatted('env', { set: { X: value }, unset: [] }))).toMatchObject({ X: value });
  });

  it('is that of fish: backslash before quote and backslash', () => {
    expect(formatted('fish', { set: { X: "a'b\\c$d" }, unset: ['Y'] })).toBe(
      "set -e Y;\nset -gx X 'a\\'b\\\\c$d';\n",
    );
  });

  it('is that of PowerShell: every kind of single quote doubled', () => {
    expect(formatted('powershell', { set: { X: "a'b\u2019c$d" }, unset: ['Y'] })).toBe(
      "Remove-Item -ErrorAction SilentlyContinue Env:Y\n$Env:X = 'a''b\u2019\u2019c$d'\n",
    );
  });
});

describe('login --format json', () => {
  it('is the variables', async () => {
    const { stdout } = await world().run(['login', '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      environment: { AWS_SESSION_TOKEN: 'token-of-ASIA1' },
      unset: expect.arrayContaining(['AWS_PROFILE', 'AWS_SECURITY_TOKEN']),
    });
  });
});

describe('login --format process', () => {
  it('is what credential_process has to print, and nothing else', async () => {
    const { stdout, stderr } = await world().run(['login', '--format', 'process']);
    expect(JSON.parse(stdout)).toEqual({
      Version: 1,
      AccessKeyId: 'ASIA1',
      SecretAccessKey: SECRET,
      SessionToken: 'token-of-ASIA1',
      Expiration: EXPIRES,
    });
    expect(stderr).not.toMatch(/local-secret|token-of/);
  });
});

describe('login -- COMMAND', () => {
  it('runs it with the session in its environment and nowhere else, and ends as it does', async () => {
    Object.assign(process.env, MISLEADING);
    Reflect.deleteProperty(process.env, 'AWS_PROFILE');
    world().childExit = 143;
    const { exit, stdout } = await world().run(['login', '--', 'terraform', 'apply', '--profile', 'its-own']);
    const [child] = world().spawned;
    expect({ exit, stdout }).toEqual({ exit: 143, stdout: '' });
    expect(child).toMatchObject({ command: 'terraform', args: ['apply', '--profile', 'its-own'] });
    expect(child?.env).toMatchObject({ AWS_SESSION_TOKEN: 'token-of-ASIA1', SEALROOT_ROLE: 'operator' });
    expect(child?.env).not.toHaveProperty('AWS_SECURITY_TOKEN');
    expect(process.env['AWS_SESSION_TOKEN']).toBeUndefined();
  });

  it.each([
    ['a word without --', ['login', 'operator']],
    ['--format exec without a command', ['login', '--format', 'exec']],
    ['another format with a command', ['login', '--format', 'env', '--', 'id']],
    ['--unset without a format', ['login', '--unset']],
    ['an unknown format', ['login', '--format', 'cmd']],
    ['two sources of the code', ['login', '--code', '123456', '--code-command', 'x']],
  ])('refuses %s before it asks for a code', async (_, words) => {
    const { exit, stdout } = await world().run(words);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(world().iam.calls).toEqual([]);
    expect(world().spawned).toEqual([]);
  });
});

describe('a terminal as stdout', () => {
  it.each(['env', 'fish', 'powershell', 'json', 'process'])('gets no keys in format %s', async (format) => {
    const { exit, stdout, stderr } = await world().run(['login', '--format', format], { tty: true });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain('on the screen');
    expect(world().iam.calls).toEqual([]);
  });
});
