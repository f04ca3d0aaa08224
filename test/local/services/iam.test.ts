import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteVirtualMFADeviceCommand,
  DetachUserPolicyCommand,
  EnableMFADeviceCommand,
  GetRoleCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  ListVirtualMFADevicesCommand,
  RemoveUserFromGroupCommand,
  ResyncMFADeviceCommand,
  type IAMClient,
} from '@aws-sdk/client-iam';
import { KMSClient, ListAliasesCommand } from '@aws-sdk/client-kms';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { LocalCloud } from '../../../local/cloud.ts';
import type { Credentials } from '../../../local/engine/contracts/identity.ts';
import { IamService } from '../../../local/services/iam/service.ts';
import { decodeBase32, totpCode, totpCounter } from '../../../protocol/totp.ts';
import { advanceClock } from '../support/clock.ts';
import { callerOf, iamOf, newUser, stsOf } from '../support/cloud-clients.ts';
import { signed } from '../support/signed-request.ts';
import { smallAssembly } from '../support/small-assembly.ts';

const ACCOUNT = '000000000000';
const user = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`;
const device = (name: string) => `arn:aws:iam::${ACCOUNT}:mfa/${name}`;
const policy = (name: string) => `arn:aws:iam::${ACCOUNT}:policy/${name}`;
const refusal = (name: string, message?: string) =>
  expect.objectContaining({ name, ...(message !== undefined && { message }) });

const assembly = smallAssembly();
const state = mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
let cloud: LocalCloud;
let alice: Credentials;

const start = () => LocalCloud.start({ assembly, state, port: 0 });
const operator = (): IAMClient => iamOf(cloud, cloud.identities.operator());

beforeAll(async () => {
  cloud = await start();
  alice = newUser(cloud, 'alice');
});
afterEach(() => {
  jest.useRealTimers();
});
afterAll(() => cloud.stop());

describe('a user made by an administrator', () => {
  it('signs with the access keys that it was given, until they are deleted', async () => {
    const { User } = await operator().send(new CreateUserCommand({ UserName: 'bob' }));
    expect(User).toMatchObject({ UserName: 'bob', Arn: user('bob'), Path: '/' });
    expect(User?.UserId).toMatch(/^AIDA[A-Z2-7]{16}$/);
    const { AccessKey } = await operator().send(new CreateAccessKeyCommand({ UserName: 'bob' }));
    const bob = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    expect(await callerOf(cloud, bob)).toBe(user('bob'));
    const { AccessKeyMetadata } = await operator().send(new ListAccessKeysCommand({ UserName: 'bob' }));
    expect(AccessKeyMetadata).toEqual([
      expect.objectContaining({ UserName: 'bob', AccessKeyId: bob.accessKeyId, Status: 'Active' }),
    ]);
    await operator().send(new DeleteAccessKeyCommand({ UserName: 'bob', AccessKeyId: bob.accessKeyId }));
    await expect(callerOf(cloud, bob)).rejects.toEqual(refusal('InvalidClientTokenId'));
  });

  it('has two access keys at most', async () => {
    cloud.users.create('two-keys');
    const create = () => operator().send(new CreateAccessKeyCommand({ UserName: 'two-keys' }));
    await create();
    await create();
    await expect(create()).rejects.toEqual(refusal('LimitExceededException'));
  });

  it('may do nothing that no policy allows', async () => {
    const carol = newUser(cloud, 'carol');
    await expect(iamOf(cloud, carol).send(new GetUserCommand({}))).rejects.toEqual(
      refusal(
        'AccessDenied',
        `User: ${user('carol')} is not authorized to perform: iam:GetUser on resource: ${user('carol')} because no identity-based policy allows the iam:GetUser action`,
      ),
    );
    const kms = new KMSClient({ endpoint: cloud.endpoint, region: cloud.region, credentials: carol });
    await expect(kms.send(new ListAliasesCommand({}))).rejects.toEqual(refusal('AccessDeniedException'));
  });

  it('is made once, and found by its own name only', async () => {
    await expect(operator().send(new CreateUserCommand({ UserName: 'ALICE' }))).rejects.toEqual(
      refusal('EntityAlreadyExistsException'),
    );
    await expect(operator().send(new GetUserCommand({ UserName: 'nobody' }))).rejects.toEqual(
      refusal('NoSuchEntityException', 'The user with name nobody cannot be found.'),
    );
  });
});

describe('policies that a template attaches', () => {
  it('reach a user that they name', async () => {
    expect((await iamOf(cloud, alice).send(new GetUserCommand({}))).User?.Arn).toBe(user('alice'));
    await expect(
      iamOf(cloud, alice).send(new GetUserCommand({ UserName: 'local-operator' })),
    ).rejects.toEqual(refusal('AccessDenied'));
    const { AttachedPolicies } = await operator().send(
      new ListAttachedUserPoliciesCommand({ UserName: 'alice' }),
    );
    expect(AttachedPolicies).toEqual([{ PolicyName: 'members', PolicyArn: policy('members') }]);
  });

  it('reach a user through a group, for as long as it is a member', async () => {
    const dave = newUser(cloud, 'dave');
    const asks = () => iamOf(cloud, dave).send(new ListMFADevicesCommand({}));
    await operator().send(new CreateGroupCommand({ GroupName: 'crew' }));
    await expect(asks()).rejects.toEqual(refusal('AccessDenied'));
    await operator().send(new AddUserToGroupCommand({ GroupName: 'crew', UserName: 'dave' }));
    expect((await asks()).MFADevices).toEqual([]);
    const groups = await operator().send(new ListGroupsForUserCommand({ UserName: 'dave' }));
    expect(groups.Groups?.map(({ GroupName }) => GroupName)).toEqual(['crew']);
    const attached = await operator().send(new ListAttachedGroupPoliciesCommand({ GroupName: 'crew' }));
    expect(attached.AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toEqual(['members']);
    await operator().send(new RemoveUserFromGroupCommand({ GroupName: 'crew', UserName: 'dave' }));
    await expect(asks()).rejects.toEqual(refusal('AccessDenied'));
  });
});

describe('policies that a user attaches to itself', () => {
  const attach = (client: IAMClient, UserName: string, PolicyArn: string) =>
    client.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));

  it('are those that its policies name, and no others', async () => {
    const client = iamOf(cloud, alice);
    await expect(attach(client, 'alice', 'arn:aws:iam::aws:policy/AdministratorAccess')).rejects.toEqual(
      refusal('AccessDenied'),
    );
    await expect(attach(client, 'bob', policy('guard'))).rejects.toEqual(refusal('AccessDenied'));
    await attach(client, 'alice', policy('guard'));
    const { AttachedPolicies } = await operator().send(
      new ListAttachedUserPoliciesCommand({ UserName: 'alice' }),
    );
    expect(AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toEqual(['members', 'guard']);
    // Now the guard denies what needs a second factor, even what another policy allows.
    await expect(client.send(new GetUserCommand({}))).rejects.toEqual(
      refusal(
        'AccessDenied',
        `User: ${user('alice')} is not authorized to perform: iam:GetUser on resource: ${user('alice')} with an explicit deny in an identity-based policy`,
      ),
    );
    expect((await client.send(new ListMFADevicesCommand({}))).MFADevices).toEqual([]);
    await operator().send(new DetachUserPolicyCommand({ UserName: 'alice', PolicyArn: policy('guard') }));
    expect((await client.send(new GetUserCommand({}))).User?.UserName).toBe('alice');
  });

  it('bite an administrator too', async () => {
    await attach(operator(), 'local-operator', policy('guard'));
    await expect(operator().send(new GetUserCommand({}))).rejects.toEqual(refusal('AccessDenied'));
    cloud.users.detach('local-operator', policy('guard'));
    expect((await operator().send(new GetUserCommand({}))).User?.UserName).toBe('local-operator');
  });

  it('have to exist', async () => {
    await expect(attach(operator(), 'alice', policy('none'))).rejects.toEqual(
      refusal('NoSuchEntityException', `Policy ${policy('none')} does not exist or is not attachable.`),
    );
    const detach = new DetachUserPolicyCommand({ UserName: 'alice', PolicyArn: policy('guard') });
    await expect(operator().send(detach)).rejects.toEqual(refusal('NoSuchEntityException'));
  });
});

describe('a virtual MFA device', () => {
  const create = (name: string, client = iamOf(cloud, alice)) =>
    client.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }));
  const enable = (codes: readonly string[], UserName = 'alice', SerialNumber = device('alice')) =>
    iamOf(cloud, UserName === 'alice' ? alice : cloud.identities.operator()).send(
      new EnableMFADeviceCommand({
        UserName,
        SerialNumber,
        AuthenticationCode1: codes[0],
        AuthenticationCode2: codes[1],
      }),
    );
  const assume = (TokenCode: string) =>
    stsOf(cloud, alice).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/recent`,
        RoleSessionName: 'alice',
        SerialNumber: device('alice'),
        TokenCode,
      }),
    );
  let seed: Uint8Array;
  const code = (steps: number) => totpCode(seed, totpCounter(Date.now()) + steps);

  it('is made by its user under the user’s own name only, with a seed for an authenticator', async () => {
    await expect(create('second')).rejects.toEqual(refusal('AccessDenied'));
    const { VirtualMFADevice } = await create('alice');
    expect(VirtualMFADevice?.SerialNumber).toBe(device('alice'));
    const text = Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString();
    expect(text).toMatch(/^[A-Z2-7]{64}$/);
    seed = decodeBase32(text);
    await expect(create('alice')).rejects.toEqual(refusal('EntityAlreadyExistsException'));
  });

  it('proves nothing before it is enabled', async () => {
    await expect(assume(code(0))).rejects.toEqual(refusal('AccessDenied'));
  });

  it('is enabled by two codes in a row, in their order', async () => {
    for (const codes of [
      [code(-1), code(-1)],
      [code(0), code(-1)],
      [code(-2), code(0)],
      [code(-5), code(-4)],
      [code(1), code(2)],
    ]) {
      await expect(enable(codes)).rejects.toEqual(
        refusal('InvalidAuthenticationCodeException', 'Authentication code for device is not valid.'),
      );
    }
    await enable([code(-1), code(0)]);
    const { MFADevices } = await iamOf(cloud, alice).send(new ListMFADevicesCommand({ UserName: 'alice' }));
    expect(MFADevices).toEqual([
      { UserName: 'alice', SerialNumber: device('alice'), EnableDate: expect.any(Date) },
    ]);
  });

  it('does not take the codes again that it was enabled with', async () => {
    await expect(assume(code(0))).rejects.toEqual(refusal('AccessDenied'));
    expect((await assume(code(1))).AssumedRoleUser?.Arn).toBe(
      `arn:aws:sts::${ACCOUNT}:assumed-role/recent/alice`,
    );
  });

  it('is one user’s, and cannot be deleted until it is nobody’s', async () => {
    advanceClock(90);
    await expect(enable([code(-1), code(0)], 'bob')).rejects.toEqual(refusal('EntityAlreadyExistsException'));
    const remove = () =>
      iamOf(cloud, alice).send(new DeleteVirtualMFADeviceCommand({ SerialNumber: device('alice') }));
    await expect(remove()).rejects.toEqual(refusal('DeleteConflictException'));
    await operator().send(
      new ResyncMFADeviceCommand({
        UserName: 'alice',
        SerialNumber: device('alice'),
        AuthenticationCode1: code(-1),
        AuthenticationCode2: code(0),
      }),
    );
    const deactivate = (UserName: string) =>
      operator().send(new DeactivateMFADeviceCommand({ UserName, SerialNumber: device('alice') }));
    await expect(deactivate('bob')).rejects.toEqual(refusal('NoSuchEntityException'));
    await deactivate('alice');
    await expect(assume(code(1))).rejects.toEqual(refusal('AccessDenied'));
    await remove();
    await expect(remove()).rejects.toEqual(refusal('NoSuchEntityException'));
  });

  it('is listed, without its seed, by whether it is somebody’s', async () => {
    await create('spare', operator());
    const list = async (AssignmentStatus: 'Assigned' | 'Unassigned' | 'Any') =>
      (await operator().send(new ListVirtualMFADevicesCommand({ AssignmentStatus }))).VirtualMFADevices;
    expect(await list('Unassigned')).toEqual([{ SerialNumber: device('spare') }]);
    expect(await list('Assigned')).toEqual([
      {
        SerialNumber: device('local-operator'),
        EnableDate: expect.any(Date),
        User: expect.objectContaining({ UserName: 'local-operator' }),
      },
    ]);
    expect(await list('Any')).toHaveLength(2);
  });

  it('is kept in files for their owner alone, and over a restart', async () => {
    for (const name of ['mfa.json', 'users.json']) {
      expect(statSync(path.join(state, name)).mode & 0o777).toBe(0o600);
    }
    const before = [cloud.mfa.all(), cloud.users.get('alice')];
    await cloud.stop();
    expect(readFileSync(path.join(state, 'mfa.json'), 'utf8')).toContain('local-operator');
    cloud = await start();
    expect([cloud.mfa.all(), cloud.users.get('alice')]).toEqual(before);
    expect(await callerOf(cloud, alice)).toBe(user('alice'));
  });

  it('stays deleted when its owner deletes it', async () => {
    cloud.mfa.deactivate('local-operator', device('local-operator'));
    cloud.mfa.delete(device('local-operator'));
    cloud.mfa.delete(device('spare'));
    await cloud.stop();
    cloud = await start();
    expect(cloud.mfa.all()).toEqual([]);
  });
});

describe('a role of the templates', () => {
  it('shows its trust and how long its sessions may be', async () => {
    const { Role } = await operator().send(new GetRoleCommand({ RoleName: 'recent' }));
    expect(Role).toMatchObject({ RoleName: 'recent', MaxSessionDuration: 7200 });
    expect(Role?.RoleId).toMatch(/^AROA/);
    const trust = JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)) as {
      Statement: { Condition: object }[];
    };
    expect(trust.Statement[0]!.Condition).toMatchObject({
      NumericLessThan: { 'aws:MultiFactorAuthAge': '300' },
    });
  });

  it('has to exist, and has to be the caller’s to see', async () => {
    await expect(operator().send(new GetRoleCommand({ RoleName: 'none' }))).rejects.toEqual(
      refusal('NoSuchEntityException'),
    );
    await expect(iamOf(cloud, alice).send(new GetRoleCommand({ RoleName: 'recent' }))).rejects.toEqual(
      refusal('AccessDenied'),
    );
  });
});

it('gives a service sessions of roles that trust it, and of no other', () => {
  const { identities } = cloud;
  const session = identities.issueToService('lambda.amazonaws.com', 'echo', 'echo');
  expect(session.accessKeyId).toMatch(/^ASIA/);
  expect(() => identities.issueToService('ec2.amazonaws.com', 'echo', 'i-1')).toThrow(
    'role echo does not trust',
  );
  expect(() => identities.issueToService('lambda.amazonaws.com', 'none', 'x')).toThrow(
    'no template has a role',
  );
});

it('takes requests that are signed for the one region of IAM, in a cloud of another region', async () => {
  const { identities } = new IamService({
    state: mkdtempSync(path.join(tmpdir(), 'sealroot-state-')),
    account: ACCOUNT,
    region: 'eu-central-1',
    resources: cloud.resources,
    log: () => undefined,
  });
  const asked = async (service: string, region: string) =>
    identities.verify(await signed(identities.operator(), { host: 'iam', service, region })).principal.arn;
  expect(await asked('iam', 'us-east-1')).toBe(user('local-operator'));
  expect(await asked('iam', 'eu-central-1')).toBe(user('local-operator'));
  await expect(asked('kms', 'us-east-1')).rejects.toThrow("not 'us-east-1'");
});
