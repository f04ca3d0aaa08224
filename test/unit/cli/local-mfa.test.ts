import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { formatDocument } from '../../../protocol/local-state.ts';
import { decodeBase32, totpCode, totpCounter } from '../../../protocol/totp.ts';
import { SECRET } from './sigv4.ts';
import { NOW, useWorld } from './world.ts';

const world = useWorld();
const SEED = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const STEP = totpCounter(NOW);
const codeAt = (counter: number) => totpCode(decodeBase32(SEED), counter);
const device = (name: string, more: object) => ({ name, ...more });
const enrolled = (more: object = {}) =>
  device('local-operator', { seed: SEED, user: 'local-operator', ...more });
let state: string;

const write = (name: string, document: unknown) =>
  writeFileSync(
    join(state, name),
    typeof document === 'string' ? document : formatDocument(document as object),
  );
const devices = (...list: { name: string }[]) => write('mfa.json', { devices: list });
const mfa = (...words: string[]) => world().run(['local', 'mfa', ...words]);

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'sealroot-'));
  state = join(directory, '.sealroot');
  mkdirSync(state);
  world().cwd = directory;
  write('daemon.json', { pid: process.pid, began: '1', endpoint: world().endpoint });
  write('environment.json', {
    variables: {
      AWS_ENDPOINT_URL: world().endpoint,
      AWS_ENDPOINT_URL_EXECUTE_API: world().endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'LOCAL',
      AWS_SECRET_ACCESS_KEY: SECRET,
    },
  });
});

describe('local mfa', () => {
  it('prints the code that the device shows now, and nothing else', async () => {
    devices(device('spare', { seed: 'MZXW6YTBMZXW6YTB' }), enrolled());
    expect(await mfa()).toEqual({ exit: 0, stdout: `${codeAt(STEP)}\n`, stderr: '' });
  });

  it('waits for the next code when this one was used', async () => {
    devices(enrolled({ used: STEP }));
    const { stdout, stderr } = await mfa();
    expect(stdout).toBe(`${codeAt(STEP + 1)}\n`);
    expect(stderr).toMatch(/^The code was used already; the next one comes in \d+ s\.\n$/);
    expect(world().slept).toEqual([(STEP + 1) * 30_000 - NOW]);
  });

  it('waits past a code that was used ahead of its time', async () => {
    devices(enrolled({ used: STEP + 1 }));
    expect((await mfa('--wait')).stdout).toBe(`${codeAt(STEP + 2)}\n`);
  });

  it('looks again after waiting: somebody else may have been faster', async () => {
    devices(enrolled({ used: STEP }));
    const { slept } = world();
    slept.push = (...all) => {
      if (slept.length === 0) devices(enrolled({ used: STEP + 1 }));
      return Array.prototype.push.apply(slept, all);
    };
    expect((await mfa()).stdout).toBe(`${codeAt(STEP + 2)}\n`);
    expect(slept).toHaveLength(2);
  });

  it('does not wait when told not to', async () => {
    devices(enrolled({ used: STEP }));
    expect((await mfa('--no-wait')).stdout).toBe(`${codeAt(STEP)}\n`);
    expect(world().slept).toEqual([]);
  });

  it('does not wait for a time that is far off', async () => {
    devices(enrolled({ used: STEP + 100 }));
    const { exit, stderr } = await mfa();
    expect(exit).not.toBe(0);
    expect(stderr).toContain('clock');
    expect(world().slept).toEqual([]);
  });

  it('tells scripts until when the code is shown', async () => {
    devices(enrolled());
    expect(JSON.parse((await mfa('--json')).stdout)).toEqual({
      code: codeAt(STEP),
      expires: new Date((STEP + 1) * 30_000).toISOString(),
    });
  });

  it('plays the authenticator of another user', async () => {
    const seed = 'MZXW6YTBMZXW6YTB';
    devices(enrolled(), device('alice', { seed, user: 'alice' }));
    expect((await mfa('--user', 'alice')).stdout).toBe(`${totpCode(Buffer.from('foobafooba'), STEP)}\n`);
  });

  it('prints the URI for an authenticator of one’s own', async () => {
    devices(enrolled({ used: STEP }));
    expect((await mfa('--uri')).stdout).toBe(
      `otpauth://totp/Sealroot%20local%20cloud:local-operator?secret=${SEED}&issuer=Sealroot%20local%20cloud\n`,
    );
  });

  it.each([
    ['nobody’s device is there', { devices: [] }, 'has no MFA device'],
    ['a device is nobody’s', { devices: [{ name: 'spare', seed: SEED }] }, 'has no MFA device'],
    [
      'the file is not what the local cloud writes',
      'x',
      'it is not what a local cloud writes: not a JSON object',
    ],
    [
      'a seed is not base 32',
      { devices: [{ name: 'a', user: 'local-operator', seed: '0' }] },
      'it is not what a local cloud writes: devices.0.seed',
    ],
    [
      'a device has no seed',
      { devices: [{ name: 'a', user: 'local-operator' }] },
      'it is not what a local cloud writes: devices.0.seed',
    ],
    ['another version wrote the file', { version: 2, devices: [] }, 'it is of version 2'],
  ])('says so when %s', async (_, document, message) => {
    write('mfa.json', document);
    const { exit, stdout, stderr } = await mfa();
    expect(exit).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });
});
