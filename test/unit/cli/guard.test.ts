import { beforeEach, describe, expect, it } from '@jest/globals';
import { VIRTUAL } from './fake-iam.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const iam = () => world().iam;
const GUARD = 'arn:aws:iam::000000000000:policy/sealroot-dev-eu-west-1-mfa-guard';

beforeEach(() => {
  world().typed = ['123456', '234567'];
});

describe('guard attach', () => {
  it('attaches the guard of the stage to the calling user, once', async () => {
    expect((await world().run(['guard', 'attach'])).exit).toBe(0);
    expect((await world().run(['guard', 'attach'])).exit).toBe(0);
    expect(iam().policies).toEqual([GUARD]);
    expect(iam().call('AttachUserPolicy')).toMatchObject({ UserName: 'ann', PolicyArn: GUARD });
  });

  it('refuses to lock out who has no device, and says how to get one', async () => {
    iam().devices = [];
    const { exit, stderr } = await world().run(['guard', 'attach']);
    expect(exit).toBe(5);
    expect(stderr).toContain('sealroot guard enrol');
    expect(iam().policies).toEqual([]);
  });

  it('says whom to ask when it is not allowed', async () => {
    iam().errors.set('AttachUserPolicy', 'AccessDenied');
    expect((await world().run(['guard', 'attach'])).exit).toBe(4);
  });

  it('says what is missing where the stage has no guard', async () => {
    iam().errors.set('AttachUserPolicy', 'NoSuchEntity');
    const { exit, stderr } = await world().run(['guard', 'attach']);
    expect(exit).toBe(3);
    expect(stderr).toContain(GUARD);
  });
});

describe('guard status', () => {
  it('shows guard and devices', async () => {
    const before = await world().run(['guard', 'status', '--json']);
    expect(JSON.parse(before.stdout)).toEqual({
      user: 'arn:aws:iam::000000000000:user/ann',
      guard: GUARD,
      attachment: 'not attached',
      devices: [VIRTUAL],
    });
    await world().run(['guard', 'attach']);
    expect((await world().run(['guard', 'status'])).stdout).toContain('attached: without MFA');
  });

  it('takes the explicit deny for the guard that it is', async () => {
    iam().errors.set('ListAttachedUserPolicies', 'AccessDenied');
    const { exit, stdout } = await world().run(['guard', 'status']);
    expect(exit).toBe(0);
    expect(stdout).toContain('in force');
  });
});

describe('guard detach', () => {
  it('shows a code first: the user’s own session with MFA detaches it', async () => {
    await world().run(['guard', 'attach']);
    expect((await world().run(['guard', 'detach'])).exit).toBe(0);
    expect(iam().policies).toEqual([]);
    expect(iam().call('GetSessionToken')).toMatchObject({ SerialNumber: VIRTUAL, TokenCode: '123456' });
    expect(iam().calls.at(-1)).toMatchObject({ action: 'DetachUserPolicy', key: 'ASIA1' });
  });

  it('is no error when there is nothing to detach', async () => {
    iam().errors.set('DetachUserPolicy', 'NoSuchEntity');
    const { exit, stdout } = await world().run(['guard', 'detach']);
    expect(exit).toBe(0);
    expect(stdout).toContain('was not attached');
  });
});

describe('guard enrol', () => {
  beforeEach(() => {
    iam().devices = [];
  });

  it('makes a device of the user’s name and enables it with two codes in a row', async () => {
    const { exit, stdout, stderr } = await world().run(['guard', 'enrol']);
    expect(exit).toBe(0);
    expect(iam().devices).toEqual([VIRTUAL]);
    expect(world().shown).toContain('otpauth://totp/Amazon%20Web%20Services:ann?secret=MFRGGZDFMZTWQ2LK&');
    // The secret is on the terminal alone.
    expect(stdout + stderr).not.toContain('MFRGG');
  });

  it('asks again for codes that are not two in a row', async () => {
    world().typed = ['111111', '12', '222222', '123456', '234567'];
    expect((await world().run(['guard', 'enrol'])).exit).toBe(0);
    expect(iam().devices).toEqual([VIRTUAL]);
  });

  it('begins again after a try that was cut', async () => {
    world().typed = ['123456', ''];
    expect((await world().run(['guard', 'enrol'])).exit).toBe(130);
    expect(iam().unassigned).toEqual([VIRTUAL]);
    world().typed = ['123456', '234567'];
    expect((await world().run(['guard', 'enroll'])).exit).toBe(0);
    expect(iam().devices).toEqual([VIRTUAL]);
    expect(iam().unassigned).toEqual([]);
  });

  it('refuses a second device', async () => {
    iam().devices = [VIRTUAL];
    expect((await world().run(['guard', 'enrol'])).exit).toBe(5);
    expect(iam().actions()).not.toContain('CreateVirtualMFADevice');
  });

  it('makes nothing where the secret could not be shown', async () => {
    world().typed = undefined;
    expect((await world().run(['guard', 'enrol'])).exit).toBe(2);
    expect(iam().actions()).not.toContain('CreateVirtualMFADevice');
  });

  it('gives up after a few tries', async () => {
    world().typed = Array.from({ length: 12 }, () => '111111');
    const { exit, stderr } = await world().run(['guard', 'enrol']);
    expect(exit).toBe(4);
    expect(stderr).toContain('clock');
  });
});
