import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { json } from './fake-operator.ts';
import { useWorld } from './world.ts';

const LUKS = '0b54d2f1-5a5f-4f0e-8d3b-6d7a3f6f2a10';
const INSTANCE = 'i-00000000000000001';
const PASSPHRASE = '0123456789abcdefghjkmnpqrstvwxyz';
const CIPHERTEXT = Buffer.alloc(512, 7);
const world = useWorld();

const posts = (): string[] => world().operator.calls.filter((call) => call.startsWith('POST'));

describe('keys destroy', () => {
  it('asks for it, says that nothing happens by itself, and how to call it off', async () => {
    const volume = world().operator.volume(LUKS, { state: 'revoked' });
    world().operator.next.push(
      json({ volumes: [volume] }),
      json({ ...volume, destroy: '2026-01-08T00:00:00Z' }),
    );
    const { exit, stdout, stderr } = await world().run(['keys', 'destroy', '0b54', '--days', '7'], {
      answer: 'y',
    });
    expect(exit).toBe(0);
    expect(world().asked[0]).toContain(LUKS);
    expect(posts()).toEqual([`POST /api/v1/volumes/${LUKS}/destroy {"days":7}`]);
    expect(stdout).toContain('not before 2026-01-08T00:00:00Z');
    expect(stderr).toContain(`keys destroy ${LUKS} --final`);
    expect(stderr).toContain(`keys keep ${LUKS}`);
  });

  it('carries it out with --final, once somebody has said yes', async () => {
    const volume = world().operator.volume(LUKS, { state: 'revoked', destroy: '2026-01-01T00:00:00Z' });
    expect((await world().run(['keys', 'destroy', '0b54', '--final'], { answer: 'n' })).exit).toBe(130);
    expect(posts()).toEqual([]);
    world().operator.next.push(json({ volumes: [volume] }), json({ ...volume, state: 'destroyed' }));
    const { exit, stdout, stderr } = await world().run(['keys', 'destroy', '0b54', '--final', '--yes']);
    expect(exit).toBe(0);
    expect(posts()).toEqual([`POST /api/v1/volumes/${LUKS}/destroy {"final":true}`]);
    expect(stdout).toBe(`Destroyed the key of root of ${INSTANCE} (${LUKS}).\n`);
    expect(stderr).toContain('snapshots');
  });

  it.each([
    ['--days', '6'],
    ['--days', '31'],
    ['--days', 'x'],
    ['--final', '--days', '7'],
  ])('refuses %s %s', async (...options) => {
    world().operator.volume(LUKS, { state: 'revoked' });
    expect((await world().run(['keys', 'destroy', '0b54', '--yes', ...options])).exit).toBe(2);
    expect(posts()).toEqual([]);
  });

  it('is called off by keys keep', async () => {
    const volume = world().operator.volume(LUKS, { state: 'revoked', destroy: '2026-01-08T00:00:00Z' });
    const { destroy: _, ...kept } = volume;
    world().operator.next.push(json({ volumes: [volume] }), json(kept));
    const { exit, stdout } = await world().run(['keys', 'keep', '0b54', '--reason', 'needed']);
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: `Kept: the key of root of ${INSTANCE} (${LUKS}). It is revoked.\n`,
    });
    expect(posts()).toEqual([`POST /api/v1/volumes/${LUKS}/keep {"reason":"needed"}`]);
  });

  it('is shown with the volume until then', async () => {
    world().operator.volume(LUKS, { state: 'revoked', destroy: '2026-01-08T00:10:00Z' });
    expect((await world().run(['keys', 'show', '0b54'])).stdout).toContain(
      '2026-01-08T00:10:00Z or later (in 7d)',
    );
  });
});

describe('keys recover', () => {
  const recovery = {
    luks: LUKS,
    instance: INSTANCE,
    volume: 'root',
    ciphertext: CIPHERTEXT.toString('base64url'),
  };

  it('has KMS open what the keyserver stores, and shows it in groups', async () => {
    world().sealed[CIPHERTEXT.toString('base64')] = Buffer.from(PASSPHRASE).toString('base64');
    const volume = world().operator.volume(LUKS);
    world().operator.next.push(json({ volumes: [volume] }), json(recovery));
    const { exit, stdout } = await world().run(['keys', 'recover', '0b54', '--reason', 'why'], {
      answer: 'y',
    });
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '0123-4567-89ab-cdef-ghjk-mnpq-rstv-wxyz\n' });
    expect(posts()).toEqual([`POST /api/v1/volumes/${LUKS}/recover {"reason":"why"}`]);
  });

  it('opens what is in the header of a disk that the keyserver has lost', async () => {
    world().sealed[CIPHERTEXT.toString('base64')] = Buffer.from(PASSPHRASE).toString('base64');
    const file = join(mkdtempSync(join(tmpdir(), 'recover-')), 'recovery');
    writeFileSync(file, `${CIPHERTEXT.toString('base64url')}\n`);
    const { exit, stdout } = await world().run([
      'keys',
      'recover',
      LUKS,
      '--ciphertext',
      file,
      '--json',
      '--yes',
    ]);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ luks: LUKS, passphrase: PASSPHRASE });
    expect(world().operator.calls).toEqual([]);
    const refused = await world().run(['keys', 'recover', LUKS, '--ciphertext', file], { answer: 'n' });
    expect([refused.exit, refused.stdout]).toEqual([130, '']);
    writeFileSync(file, 'not base64url!');
    expect((await world().run(['keys', 'recover', LUKS, '--ciphertext', file])).exit).toBe(2);
  });

  it('shows nothing that is not a passphrase, and asks nobody to open it who has not said yes', async () => {
    const volume = world().operator.volume(LUKS);
    expect((await world().run(['keys', 'recover', '0b54'], { answer: '' })).exit).toBe(130);
    expect(posts()).toEqual([]);
    world().sealed[CIPHERTEXT.toString('base64')] = Buffer.from('something else').toString('base64');
    world().operator.next.push(json({ volumes: [volume] }), json(recovery));
    const { exit, stdout, stderr } = await world().run(['keys', 'recover', '0b54', '--yes']);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).not.toContain('something else');
  });
});
