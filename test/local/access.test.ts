import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateTagsCommand,
  EC2Client,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import {
  AttachUserPolicyCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalCloud } from '../../local/cloud.ts';
import type { Credentials } from '../../local/engine/contracts/identity.ts';
import { ACCESS_ROLES, type AccessRole } from '../../protocol/access.ts';
import { names, TAGS } from '../../protocol/names.ts';
import { OPERATOR_API } from '../../protocol/operations/apis.ts';
import type { Route } from '../../protocol/operations/operation.ts';
import { decodeBase32, totpCode, totpCounter } from '../../protocol/totp.ts';
import { callerOf, iamOf, newUser, sessionOf, stsOf } from './support/cloud-clients.ts';
import { Instance, one, parsed, STAGE } from './support/instance.ts';
import { emptyImage, idleMachines } from './support/machines.ts';
import { accessRole, operate, sessionAs } from './support/operator-api.ts';
import { synthesized } from './support/synthesized.ts';

const MINUTE = 60_000;
const { listRequests, listVolumes, approveRequest, denyRequest } = OPERATOR_API;
const refusal = (name: string) => expect.objectContaining({ name });

let cloud: LocalCloud;

const policy = (name: string) =>
  `arn:aws:iam::${cloud.account}:policy/sealroot-${STAGE}-${cloud.region}-${name}`;
const assume = (keys: Credentials, role: AccessRole, user: string, name = user) =>
  stsOf(cloud, keys).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${cloud.account}:role/${accessRole(cloud, role)}`,
      RoleSessionName: name,
      SerialNumber: cloud.mfa.serial(user),
      TokenCode: cloud.mfa.nextCode(user),
    }),
  );
let people = 0;
/** Somebody who may assume anything logs in: with a device of her own, whose codes nobody has used yet. */
async function login(role: AccessRole): Promise<Credentials> {
  people += 1;
  const name = `person-${String(people)}`;
  const keys = newUser(cloud, name, true);
  cloud.users.attach(name, 'arn:aws:iam::aws:policy/AdministratorAccess');
  return sessionOf((await assume(keys, role, name)).Credentials);
}

beforeAll(async () => {
  cloud = await LocalCloud.start({
    assembly: synthesized(),
    state: mkdtempSync(path.join(tmpdir(), 'sealroot-state-')),
    port: 0,
    ec2: idleMachines,
  });
}, 2 * MINUTE);
afterAll(() => cloud.stop(), MINUTE);

describe('the operator API', () => {
  let request: string;
  const ask = (credentials: Credentials, route: Route = listVolumes, body = '') =>
    operate(cloud, credentials, route, request, body);

  beforeAll(async () => {
    request = await (await Instance.launch(cloud)).pending();
  }, MINUTE);

  it('denies an administrator who did not come by a role', async () => {
    const administrator = cloud.identities.operator();
    for (const route of [listVolumes, listRequests, approveRequest]) {
      const answer = await ask(administrator, route);
      expect(answer.status).toBe(403);
      expect(answer.body.toString()).toContain('with an explicit deny in a resource-based policy');
    }
  });

  it('denies every other role of the account', async () => {
    const roles = cloud.resources.ofType('AWS::IAM::Role').map(({ physicalId }) => physicalId);
    const others = roles.filter((name) => !ACCESS_ROLES.some((role) => accessRole(cloud, role) === name));
    expect(others.length).toBeGreaterThan(3);
    for (const name of others) {
      expect([name, (await ask(cloud.identities.issue(name, 'x-1'))).status]).toEqual([name, 403]);
    }
  });

  it('lets an operator look, and not decide', async () => {
    const operator = await login('operator');
    const list = await ask(operator, listRequests);
    expect(list.status).toBe(200);
    expect(list.body.toString()).toContain(request);
    expect((await ask(operator, approveRequest)).status).toBe(403);
    expect((await ask(operator, denyRequest)).status).toBe(403);
  });

  it('lets an auditor look, and not decide; a maintainer of images neither', async () => {
    const auditor = await login('auditor');
    expect((await ask(auditor, listRequests)).status).toBe(200);
    expect((await ask(auditor, approveRequest)).status).toBe(403);
    const maintainer = await login('maintainer');
    expect((await ask(maintainer, listRequests)).status).toBe(403);
  });

  it('refuses a session that is over, of a custodian too', async () => {
    const role = accessRole(cloud, 'custodian');
    const lasting = (durationSeconds: number) =>
      cloud.identities.issue(role, 'local-operator', { durationSeconds });
    expect((await ask(lasting(60))).status).toBe(200);
    const answer = await ask(lasting(0), approveRequest);
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([403, 'ExpiredTokenException']);
    expect(JSON.parse(String(answer.body))).toEqual({
      code: 'refused',
      request: expect.any(String),
      message: 'The security token included in the request is expired',
    });
  });

  it('lets a custodian approve', async () => {
    const answer = await ask(await login('custodian'), approveRequest);
    expect([answer.status, parsed(answer)]).toEqual([
      200,
      expect.objectContaining({ id: request, decision: 'approved' }),
    ]);
  });
});

it('leads tools to a session of a role by the environment of that role', async () => {
  const environment = cloud.environment(accessRole(cloud, 'auditor'));
  const session = {
    accessKeyId: environment.AWS_ACCESS_KEY_ID,
    secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
    sessionToken: environment.AWS_SESSION_TOKEN!,
  };
  expect(await callerOf(cloud, session)).toMatch(/assumed-role\/.+-access-auditor\/local-operator$/);
  expect(cloud.environment()).not.toHaveProperty('AWS_SESSION_TOKEN');
});

describe('launching as an operator', () => {
  const launchTemplate = names(STAGE).launchTemplate();
  let operator: Credentials;
  let userId: string;
  const ec2 = () =>
    new EC2Client({ endpoint: cloud.endpoint, region: cloud.region, credentials: operator, maxAttempts: 1 });
  const tag = (Key: string, Value: string) => ({ Key, Value });
  const launch = (by: string, more: Partial<RunInstancesCommandInput> = {}, stage: string = STAGE) => {
    const Tags = [tag(TAGS.stage, stage), tag(TAGS.launchedBy, by)];
    return ec2().send(
      new RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateName: launchTemplate, Version: '$Latest' },
        TagSpecifications: [
          { ResourceType: 'instance', Tags },
          { ResourceType: 'volume', Tags },
        ],
        MinCount: 1,
        MaxCount: 1,
        ...more,
      }),
    );
  };
  const denied = refusal('UnauthorizedOperation');

  beforeAll(async () => {
    operator = await login('operator');
    userId = (await stsOf(cloud, operator).send(new GetCallerIdentityCommand({}))).UserId!;
  });

  it('takes the template of the stage and the tag of who launches', async () => {
    const { Instances } = await launch(userId);
    const InstanceIds = [Instances![0]!.InstanceId!];
    expect(Instances![0]!.Tags).toEqual(expect.arrayContaining([tag(TAGS.launchedBy, userId)]));
    const other = new CreateTagsCommand({ Resources: InstanceIds, Tags: [tag(TAGS.launchedBy, 'x')] });
    await expect(ec2().send(other)).rejects.toEqual(denied);
    await ec2().send(new TerminateInstancesCommand({ InstanceIds }));
  });

  it('takes no tag of somebody else, and none of another stage', async () => {
    await expect(launch('AROAXXXXXXXXXXXXXXXX:somebody')).rejects.toEqual(denied);
    await expect(launch(userId, {}, 'prod')).rejects.toEqual(denied);
    await expect(launch(userId, { TagSpecifications: [] })).rejects.toEqual(denied);
  });

  it('takes no network or image but the template’s', async () => {
    const SubnetId = one(cloud, 'AWS::EC2::Subnet', () => true).physicalId;
    await expect(launch(userId, { SubnetId })).rejects.toEqual(denied);
    const foreign = emptyImage(cloud, 'somebody', { Name: 'of somebody' });
    await expect(launch(userId, { ImageId: foreign })).rejects.toEqual(denied);
  });

  it('reaches no instance that nobody of us launched', async () => {
    const { source } = await Instance.launch(cloud);
    const stop = new StopInstancesCommand({ InstanceIds: [source.instanceId] });
    await expect(ec2().send(stop)).rejects.toEqual(denied);
  });
});

describe('a role that people assume', () => {
  it.each(ACCESS_ROLES)('%s is not to be had without a code', async (role) => {
    const asked = new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${cloud.account}:role/${accessRole(cloud, role)}`,
      RoleSessionName: 'local-operator',
    });
    // The second one has a role already, which is no second factor.
    for (const keys of [cloud.identities.operator(), sessionAs(cloud, 'custodian')]) {
      await expect(stsOf(cloud, keys).send(asked)).rejects.toEqual(refusal('AccessDenied'));
    }
    expect((await login(role)).accessKeyId).toMatch(/^ASIA/);
  });

  it('is had in one’s own name only', async () => {
    const keys = cloud.identities.operator();
    await expect(assume(keys, 'custodian', 'local-operator', 'somebody')).rejects.toEqual(
      refusal('AccessDenied'),
    );
    const { AssumedRoleUser } = await assume(keys, 'custodian', 'local-operator');
    expect(AssumedRoleUser?.Arn).toMatch(/assumed-role\/.+-access-custodian\/local-operator$/);
  });
});

describe('a new user who guards herself', () => {
  it('enrols a first device without a second factor, and works by her role from then on', async () => {
    const alice = newUser(cloud, 'alice');
    const iam = iamOf(cloud, alice);
    for (const name of ['members', 'members-operator']) cloud.users.attach('alice', policy(name));
    await iam.send(new AttachUserPolicyCommand({ UserName: 'alice', PolicyArn: policy('mfa-guard') }));

    const { VirtualMFADevice } = await iam.send(
      new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'alice' }),
    );
    const seed = decodeBase32(Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString());
    const now = totpCounter(Date.now());
    await iam.send(
      new EnableMFADeviceCommand({
        UserName: 'alice',
        SerialNumber: VirtualMFADevice!.SerialNumber,
        AuthenticationCode1: totpCode(seed, now - 1),
        AuthenticationCode2: totpCode(seed, now),
      }),
    );
    expect((await iam.send(new ListMFADevicesCommand({}))).MFADevices).toHaveLength(1);

    const { Credentials: issued } = await assume(alice, 'operator', 'alice');
    expect((await operate(cloud, sessionOf(issued), listVolumes)).status).toBe(200);
  });

  it('has no role that nobody gave her', async () => {
    const carol = newUser(cloud, 'carol', true);
    for (const name of ['members', 'members-operator']) cloud.users.attach('carol', policy(name));
    await expect(assume(carol, 'custodian', 'carol')).rejects.toEqual(refusal('AccessDenied'));
    await assume(carol, 'operator', 'carol');
  });

  it('does nothing else without one, an administrator neither', async () => {
    const iam = iamOf(cloud, newUser(cloud, 'bob'));
    cloud.users.attach('bob', 'arn:aws:iam::aws:policy/AdministratorAccess');
    await iam.send(new ListAccessKeysCommand({}));
    await iam.send(new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn: policy('mfa-guard') }));
    await expect(iam.send(new ListAccessKeysCommand({}))).rejects.toEqual(refusal('AccessDenied'));
    // A thief of the keys cannot make a device of another name beside the user's own.
    await expect(
      iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'bob-2' })),
    ).rejects.toEqual(refusal('AccessDenied'));
    await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'bob' }));
  });
});
