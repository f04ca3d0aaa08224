import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetUserCommand } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type AssumeRoleCommandInput,
  type GetSessionTokenCommandInput,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LocalCloud } from '../../../local/cloud.ts';
import type { Credentials } from '../../../local/engine/contracts/identity.ts';
import { MfaDocument, parseDocument } from '../../../protocol/local-state.ts';
import { decodeBase32, totpCode, totpCounter } from '../../../protocol/totp.ts';
import { advanceClock } from '../support/clock.ts';
import { callerOf, iamOf, newUser, sessionOf, stsOf } from '../support/cloud-clients.ts';
import { smallAssembly } from '../support/small-assembly.ts';

const ACCOUNT = '000000000000';
const device = (name: string) => `arn:aws:iam::${ACCOUNT}:mfa/${name}`;
const refusal = (name: string, message?: string) =>
  expect.objectContaining({ name, ...(message !== undefined && { message }) });
// The blank at the end is in what AWS says.
const wrongCode = refusal(
  'AccessDenied',
  'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
);
const wrongDevice = refusal(
  'AccessDenied',
  'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
);

const assembly = smallAssembly();
const state = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
let cloud: LocalCloud;
let alice: Credentials;
let mallory: Credentials;

const start = () => LocalCloud.start({ assembly, state, port: 0 });
const code = (steps = 0, name = 'alice') =>
  totpCode(decodeBase32(cloud.mfa.ofUser(name)[0]!.seed), totpCounter(Date.now()) + steps);
const assume = (credentials: Credentials, more: Partial<AssumeRoleCommandInput> = {}) =>
  stsOf(cloud, credentials).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/recent`,
      RoleSessionName: 'alice',
      ...more,
    }),
  );
const session = (credentials: Credentials, more: GetSessionTokenCommandInput = {}) =>
  stsOf(cloud, credentials).send(new GetSessionTokenCommand(more));
const withCode = (TokenCode = code()) => ({ SerialNumber: device('alice'), TokenCode });

beforeAll(async () => {
  cloud = await start();
  alice = newUser(cloud, 'alice', true);
  mallory = newUser(cloud, 'mallory', true);
  cloud.users.attach('mallory', 'arn:aws:iam::aws:policy/AdministratorAccess');
});
// Each test has codes of its own.
beforeEach(() => {
  advanceClock(3600);
});
afterAll(() => {
  jest.useRealTimers();
  return cloud.stop();
});

describe('AssumeRole with a second factor', () => {
  it('gives a session of a role that asks for one', async () => {
    const { Credentials: issued, AssumedRoleUser } = await assume(alice, withCode());
    expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/recent/alice`);
    expect(AssumedRoleUser?.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{16}:alice$/);
    expect(issued?.Expiration?.getTime()).toBe(Math.floor(Date.now()) + 3_600_000);
    const caller = await stsOf(cloud, sessionOf(issued)).send(new GetCallerIdentityCommand({}));
    expect(caller).toMatchObject({
      Arn: AssumedRoleUser?.Arn,
      UserId: AssumedRoleUser?.AssumedRoleId,
      Account: ACCOUNT,
    });
  });

  it('gives none without it, not even to an administrator', async () => {
    await expect(assume(alice)).rejects.toEqual(refusal('AccessDenied'));
    await expect(assume(mallory, { RoleSessionName: 'mallory' })).rejects.toEqual(refusal('AccessDenied'));
  });

  it('takes the codes that a clock half a minute off would show, and no others', async () => {
    await expect(assume(alice, withCode(code(-2)))).rejects.toEqual(wrongCode);
    await expect(assume(alice, withCode(code(2)))).rejects.toEqual(wrongCode);
    await assume(alice, withCode(code(-1)));
    await assume(alice, withCode(code(0)));
    await assume(alice, withCode(code(1)));
  });

  it('takes a code once, whatever it was asked for with it', async () => {
    const shown = withCode();
    await assume(alice, shown);
    await expect(assume(alice, shown)).rejects.toEqual(wrongCode);
    await expect(session(alice, shown)).rejects.toEqual(wrongCode);
    await expect(assume(alice, withCode(code(-1)))).rejects.toEqual(wrongCode);
    await assume(alice, withCode(code(1)));
  });

  it('takes a code once, over a restart too: that it is spent is on disk before the answer', async () => {
    const shown = withCode();
    const asked = assume(alice, shown);
    await asked;
    const { devices } = parseDocument(MfaDocument, readFileSync(path.join(state, 'mfa.json'), 'utf8'));
    expect(devices.find(({ user }) => user === 'alice')!.used).toBe(totpCounter(Date.now()));
    await cloud.stop();
    cloud = await start();
    await expect(assume(alice, shown)).rejects.toEqual(wrongCode);
  });

  it('takes one of two requests that show the same code at once', async () => {
    const shown = withCode();
    const outcomes = await Promise.allSettled([assume(alice, shown), assume(alice, shown)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('spends the code of a request that is denied for another reason', async () => {
    const shown = withCode();
    await expect(assume(alice, { ...shown, RoleSessionName: 'somebody' })).rejects.toEqual(
      refusal('AccessDenied'),
    );
    await expect(assume(alice, shown)).rejects.toEqual(wrongCode);
  });

  it('takes no device of somebody else, and none that is not there', async () => {
    const theirs = { SerialNumber: device('mallory'), TokenCode: code(0, 'mallory') };
    await expect(assume(alice, theirs)).rejects.toEqual(wrongDevice);
    await expect(assume(alice, { ...withCode(), SerialNumber: device('none') })).rejects.toEqual(wrongDevice);
    // A code that somebody else tried does not spend it.
    await assume(mallory, { ...theirs, RoleSessionName: 'mallory' });
  });

  it('wants the code and the device, and six digits', async () => {
    const both = refusal(
      'AccessDenied',
      'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
    );
    await expect(assume(alice, { TokenCode: code() })).rejects.toEqual(both);
    await expect(assume(alice, { SerialNumber: device('alice') })).rejects.toEqual(both);
    await expect(assume(alice, withCode('12345'))).rejects.toEqual(refusal('ValidationError'));
    await expect(assume(alice, withCode('abcdef'))).rejects.toEqual(refusal('ValidationError'));
  });

  it('lets the trust policy ask that the session is named after the user', async () => {
    await expect(assume(alice, { ...withCode(), RoleSessionName: 'mallory' })).rejects.toEqual(
      refusal('AccessDenied'),
    );
    await assume(alice, withCode(code(1)));
  });

  it('lets the trust policy name one user', async () => {
    const RoleArn = `arn:aws:iam::${ACCOUNT}:role/of-alice`;
    await assume(alice, { RoleArn });
    await expect(assume(mallory, { RoleArn, RoleSessionName: 'mallory' })).rejects.toEqual(
      refusal('AccessDenied'),
    );
  });

  it('refuses a session policy, which it would not obey', async () => {
    const Policy = JSON.stringify({ Statement: { Effect: 'Deny', Action: '*', Resource: '*' } });
    for (const more of [{ Policy }, { Tags: [{ Key: 'a', Value: 'b' }] }, { SourceIdentity: 'alice' }]) {
      await expect(assume(alice, { ...withCode(), ...more })).rejects.toEqual(refusal('ValidationError'));
    }
    await assume(alice, withCode());
  });

  it('gives a session that says nothing of the second factor itself', async () => {
    const { Credentials: issued } = await assume(mallory, {
      SerialNumber: device('mallory'),
      TokenCode: code(0, 'mallory'),
      RoleSessionName: 'mallory',
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/guarded`,
    });
    await expect(
      assume(sessionOf(issued), { RoleArn: `arn:aws:iam::${ACCOUNT}:role/guarded` }),
    ).rejects.toEqual(refusal('AccessDenied'));
  });
});

describe('how long a role session lasts', () => {
  const asked = (DurationSeconds: number) => assume(alice, { ...withCode(), DurationSeconds });

  it('is up to the caller, within the limit of the role', async () => {
    const { Credentials: issued } = await asked(7200);
    expect(issued?.Expiration?.getTime()).toBe(Date.now() + 7_200_000);
    await expect(assume(alice, { ...withCode(code(1)), DurationSeconds: 7201 })).rejects.toEqual(
      refusal(
        'ValidationError',
        'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      ),
    );
  });

  it.each([899, 43_201])('is never %i seconds, and asking for it spends no code', async (seconds) => {
    await expect(asked(seconds)).rejects.toEqual(refusal('ValidationError'));
    await assume(alice, withCode());
  });

  it('is an hour at most when a role session asks for it', async () => {
    const { Credentials: issued } = await assume(alice, { RoleArn: `arn:aws:iam::${ACCOUNT}:role/of-alice` });
    const chained = (DurationSeconds: number) =>
      assume(sessionOf(issued), { RoleArn: `arn:aws:iam::${ACCOUNT}:role/chained`, DurationSeconds });
    expect((await chained(3600)).AssumedRoleUser?.Arn).toContain('assumed-role/chained/alice');
    await expect(chained(3601)).rejects.toEqual(
      refusal(
        'ValidationError',
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      ),
    );
  });

  it('is over when it is over', async () => {
    const { Credentials: issued } = await assume(alice, { ...withCode(), DurationSeconds: 900 });
    advanceClock(899);
    expect(await callerOf(cloud, sessionOf(issued))).toContain('assumed-role/recent/alice');
    advanceClock(1);
    await expect(callerOf(cloud, sessionOf(issued))).rejects.toEqual(
      refusal('ExpiredToken', 'The security token included in the request is expired'),
    );
    // A session that begins later does not make it unknown.
    await assume(alice, withCode());
    await expect(callerOf(cloud, sessionOf(issued))).rejects.toEqual(refusal('ExpiredToken'));
  });
});

describe('GetSessionToken', () => {
  it('gives a session of the user, who is the same caller with it', async () => {
    const { Credentials: issued } = await session(alice);
    expect(issued?.Expiration?.getTime()).toBe(Date.now() + 43_200_000);
    expect(issued?.AccessKeyId).toMatch(/^ASIA/);
    expect(await callerOf(cloud, sessionOf(issued))).toBe(await callerOf(cloud, alice));
  });

  it('carries the second factor that was shown, and its age', async () => {
    const { Credentials: issued } = await session(alice, withCode());
    await assume(sessionOf(issued));
    advanceClock(299);
    await assume(sessionOf(issued));
    advanceClock(1);
    await expect(assume(sessionOf(issued))).rejects.toEqual(refusal('AccessDenied'));
  });

  it('carries that none was shown, which a deny finds even where it forgets about long-lived keys', async () => {
    const { Credentials: issued } = await session(alice);
    await expect(assume(sessionOf(issued))).rejects.toEqual(refusal('AccessDenied'));
    // IAM takes no such session at all.
    await expect(iamOf(cloud, sessionOf(issued)).send(new GetUserCommand({}))).rejects.toEqual(
      refusal('InvalidClientTokenId'),
    );
  });

  it('lifts a guard that asks for a second factor', async () => {
    cloud.users.attach('mallory', `arn:aws:iam::${ACCOUNT}:policy/guard`);
    const asks = (credentials: Credentials) => iamOf(cloud, credentials).send(new GetUserCommand({}));
    await expect(asks(mallory)).rejects.toEqual(refusal('AccessDenied'));
    const { Credentials: issued } = await session(mallory, {
      SerialNumber: device('mallory'),
      TokenCode: code(0, 'mallory'),
    });
    expect((await asks(sessionOf(issued))).User?.UserName).toBe('mallory');
    cloud.users.detach('mallory', `arn:aws:iam::${ACCOUNT}:policy/guard`);
  });

  it('lasts from 900 to 129600 seconds', async () => {
    for (const DurationSeconds of [899, 129_601]) {
      await expect(session(alice, { DurationSeconds })).rejects.toEqual(refusal('ValidationError'));
    }
    for (const DurationSeconds of [900, 129_600]) {
      const { Credentials: issued } = await session(alice, { DurationSeconds });
      expect(issued?.Expiration?.getTime()).toBe(Date.now() + DurationSeconds * 1000);
    }
  });

  it('is not for sessions', async () => {
    const no = refusal('AccessDenied', 'Cannot call GetSessionToken with session credentials');
    const { Credentials: issued } = await session(alice);
    await expect(session(sessionOf(issued))).rejects.toEqual(no);
    await expect(session(cloud.identities.issue('guarded', 'alice'))).rejects.toEqual(no);
  });
});
