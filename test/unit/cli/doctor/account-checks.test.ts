import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { AWS_CHECKS } from '../../../../cli/doctor/checks.ts';
import { examine } from '../../../../cli/doctor/examine.ts';
import type { Found, Level } from '../../../../cli/doctor/finding.ts';
import { Failure } from '../../../../cli/failure.ts';
import { portsWhere, type Given } from './fake-account.ts';

const CMK = 'arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';
const build = (status: string, reason?: string) => ({
  arn: 'arn:aws:imagebuilder:eu-west-1:111122223333:image/sealroot-dev/1.0.0/3',
  ...{ status, reason, created: '2026-01-01T00:00:00Z' },
});
const refused = (name: string, message: string) => async (): Promise<never> => {
  throw Object.assign(new Error(message), { name, $fault: 'client' });
};

const found = async (check: string, given: Given): Promise<Found[]> =>
  (await examine(AWS_CHECKS, portsWhere(given))).filter((each) => each.check === check);

const spoken = ({ advice }: Found): string =>
  typeof advice === 'function' ? advice((words) => `sealroot ${words}`) : (advice ?? '');

describe('an account where all is well', () => {
  it('gets no warning, and a word of each check', async () => {
    const all = await examine(AWS_CHECKS, portsWhere({ builds: [build('AVAILABLE')] }));
    expect(all.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect([...new Set(all.map(({ check }) => check))]).toEqual(AWS_CHECKS.map(({ name }) => name));
  });

  it('says nothing of a stage that is neither deployed nor synthesized, but that it does not know it', async () => {
    const all = await examine(AWS_CHECKS, portsWhere({ plan: 'none', stacks: 'none' }));
    expect(all.filter(({ level }) => level !== 'ok').map(({ check, level }) => [check, level])).toEqual([
      ['configuration', 'not checked'],
    ]);
  });
});

type Row = readonly [check: string, when: string, given: Given, level: Level, says: string, advice: string];

const ROWS: readonly Row[] = [
  ['clock', '10 minutes ahead', { account: { clockAhead: 600_000 } }, 'problem', '600 s ahead of', 'NTP'],
  ['clock', '40 s behind', { account: { clockAhead: -40_000 } }, 'warning', '40 s behind', 'NTP'],

  [
    'stacks',
    'a first deployment failed',
    { stacks: { Keyserver: { status: 'ROLLBACK_COMPLETE', reason: 'The following resource(s) failed' } } },
    'problem',
    'Sealroot-dev-Keyserver is ROLLBACK_COMPLETE',
    'npx cdk destroy Sealroot-dev-Keyserver',
  ],
  [
    'stacks',
    'a roll-back failed',
    { stacks: { Image: { status: 'UPDATE_ROLLBACK_FAILED', reason: undefined } } },
    'problem',
    'UPDATE_ROLLBACK_FAILED',
    'continue-update-rollback --stack-name Sealroot-dev-Image',
  ],
  [
    'stacks',
    'an update was rolled back',
    { stacks: { Fleet: { status: 'UPDATE_ROLLBACK_COMPLETE', reason: undefined } } },
    'warning',
    'as it was before',
    'describe-stack-events --stack-name Sealroot-dev-Fleet',
  ],
  [
    'stacks',
    'a deployment goes on',
    { stacks: { Fleet: { status: 'UPDATE_IN_PROGRESS', reason: undefined } } },
    'warning',
    'UPDATE_IN_PROGRESS',
    'when it is done',
  ],
  [
    'stacks',
    'half of it is there',
    { stacks: { Access: undefined, Image: undefined } },
    'warning',
    'Not deployed: Sealroot-dev-Image, Sealroot-dev-Access.',
    'npx cdk deploy --all',
  ],

  [
    'endpoint-zones',
    'a zone is without the service',
    { account: { endpointZones: async () => ['eu-west-1a', 'eu-west-1c'] } },
    'problem',
    'eu-west-1b do not have',
    'network.availabilityZones',
  ],
  [
    'endpoint-zones',
    'the region is without the service',
    { account: { endpointZones: async () => [] } },
    'problem',
    'eu-west-1 has no endpoint service',
    'another region',
  ],
  [
    'endpoint-zones',
    'a subnet is from elsewhere',
    { zones: { fleet: ['eu-west-1a', undefined] } },
    'not checked',
    'not known',
    '',
  ],

  [
    'instance-types',
    'no zone of the fleet has the type',
    {
      account: {
        offerings: async () =>
          new Map([
            ['t3.small', ['eu-west-1c']],
            ['m7i.large', ['eu-west-1a']],
          ]),
      },
    },
    'problem',
    'eu-west-1a, eu-west-1b, without t3.small; these do: eu-west-1c',
    'fleet.instanceType',
  ],
  [
    'instance-types',
    'a zone is without the type, the first say',
    {
      account: {
        offerings: async () =>
          new Map([
            ['t3.small', ['eu-west-1b']],
            ['m7i.large', ['eu-west-1a']],
          ]),
      },
    },
    'warning',
    't3.small is not offered in eu-west-1a: instances can be launched in eu-west-1b alone',
    'fleet.instanceType',
  ],
  [
    'instance-types',
    'no type for builds is there',
    { account: { offerings: async () => new Map([['t3.small', ['eu-west-1a', 'eu-west-1b']]]) } },
    'problem',
    'does not have m7i.large or m7i-flex.large',
    'image.instanceTypes',
  ],

  [
    'account-plan',
    'the free plan does not allow the fleet’s type',
    { account: { plan: async () => 'FREE' as const }, plan: { fleetType: 'm7i.large' } },
    'problem',
    'free plan, which does not allow m7i.large',
    'fleet.instanceType',
  ],
  [
    'account-plan',
    'the free plan allows no type for builds',
    { account: { plan: async () => 'FREE' as const }, plan: { buildTypes: ['m7i.large'] } },
    'problem',
    'allows none of the types that images are built on: m7i.large',
    'image.instanceTypes',
  ],

  [
    'quotas',
    'the account is new',
    { account: { quota: async () => 1 }, stacks: 'none' },
    'problem',
    '1 virtual processors',
    'L-1216C47A',
  ],
  [
    'quotas',
    'there is no room for a VPC',
    { account: { quota: async () => 5, vpcCount: async () => 5 }, stacks: 'none' },
    'problem',
    '5 VPCs, and the account may have 5',
    'network.vpcId',
  ],

  [
    'disk-key',
    'the default key is the customer’s',
    { account: { defaultDiskKey: async () => CMK } },
    'problem',
    'Client.InternalError',
    'image.kmsKeyArn and fleet.kmsKeyArn',
  ],
  [
    'disk-key',
    'and only the fleet has one named',
    { account: { defaultDiskKey: async () => 'alias/disks' }, plan: { fleetKey: CMK } },
    'problem',
    'none is configured for images',
    'image.kmsKeyArn',
  ],

  [
    'parent-image',
    'there is no such parameter',
    { account: { parameter: async () => undefined } },
    'problem',
    'no parameter /aws/service/canonical/ubuntu in eu-west-1',
    'image.parentImage',
  ],
  [
    'parent-image',
    'the image is gone',
    { account: { image: async () => undefined }, plan: { parentImage: 'ami-00000000000000001' } },
    'problem',
    'no image ami-00000000000000001',
    'image.parentImage',
  ],
  [
    'parent-image',
    'it is of another architecture',
    { account: { image: async () => ({ architecture: 'arm64', state: 'available', name: 'u' }) } },
    'problem',
    'is for arm64, which m7i.large and m7i-flex.large is not',
    'image.architecture',
  ],
  [
    'parent-image',
    'it is not to be had any more',
    { account: { image: async () => ({ architecture: 'x86_64', state: 'disabled', name: 'u' }) } },
    'problem',
    'is disabled',
    'image.parentImage',
  ],

  [
    'last-build',
    'it failed',
    { builds: [build('FAILED', 'Step InstallComponents failed'), build('AVAILABLE')] },
    'problem',
    '1.0.0/3 is FAILED, 2h ago. Image Builder says: Step InstallComponents failed',
    'aws logs tail',
  ],

  [
    'bound-credentials',
    'an instance is denied',
    {
      account: {
        consoles: async () => [
          {
            instance: 'i-1',
            output: 'sealroot: access denied before the keyserver (role, endpoint policy or clock)\n',
          },
        ],
      },
      builds: [build('AVAILABLE')],
    },
    'problem',
    'i-1 was denied before the keyserver',
    'network.bindCredentialsToInstance',
  ],
  ['bound-credentials', 'nobody has asked yet', {}, 'not checked', 'No instance was launched', ''],
];

/** The page has all of them: test/infra/config.test.ts holds it against the configuration. */
const SETTINGS = readFileSync('docs/reference/configuration.md', 'utf8');

describe.each(ROWS)('%s when %s', (check, _when, given, level, says, advice) => {
  it(`is ${level}, and says what to do`, async () => {
    const findings = await found(check, given);
    const one = findings.find((each) => each.level === level);
    expect(findings.map((each) => each.level)).toContain(level);
    expect(one?.says).toContain(says);
    expect(one && spoken(one)).toContain(advice);
  });

  it('names settings that there are', async () => {
    const advice = (await found(check, given)).map(spoken).join(' ');
    for (const [name] of advice.matchAll(/\b(network|image|fleet|keyserver|access|preseed)\.[a-z]\w+/gi))
      expect(SETTINGS).toContain(`\`${name}\``);
  });
});

describe('whether AWS says which instance asks', () => {
  const denied = 'sealroot: access denied before the keyserver (role, endpoint policy or clock)';
  const of = (...lines: string[]) => ({
    account: {
      consoles: async () => [
        { instance: 'i-1', launched: '2026-01-01T00:00:00Z', output: `${lines.join('\r\n')}\r\n` },
      ],
    },
  });
  const redeployed = {
    stacks: {
      Network: { status: 'UPDATE_COMPLETE', reason: undefined, deployed: '2026-01-02T00:00:00Z' },
    },
  };

  it.each([
    ['the clock is wrong', of(`${denied}; the clock here is 9 minutes off the server's`), 'not checked'],
    ['it got its key later', of(denied, 'sealroot: the root is encrypted (unlocked, volume 6f3e)'), 'ok'],
    ['it got its key', of('[  9.1] sealroot: the root is encrypted (provisioned, volume 6f3e)'), 'ok'],
    ['it needs no key', of('sealroot: the root is encrypted (volatile)'), 'not checked'],
    ['it is not compared', { plan: { bound: false } }, 'ok'],
    ['an image was tested', { builds: [build('AVAILABLE')] }, 'ok'],
    [
      'an image was tested before the endpoint’s policy was another',
      { builds: [build('AVAILABLE')], ...redeployed },
      'not checked',
    ],
    [
      'it got its key before the endpoint’s policy was another',
      { ...of('sealroot: the root is encrypted (provisioned, volume 6f3e)'), ...redeployed },
      'not checked',
    ],
  ] satisfies [string, Given, Level][])('is known when %s', async (_, given, level) => {
    expect((await found('bound-credentials', given)).map((each) => each.level)).toEqual([level]);
  });
});

describe('the image that is launched', () => {
  const failure = new Failure('conflict', 'It is of another deployment.', 'Build a new one.');
  const image = (kind: 'outdated' | 'not-built' | 'not-deployed', stacks?: 'none'): Given => ({
    ports: {
      launchImage: async () =>
        kind === 'outdated' ? { kind, image: 'ami-1', differences: ['endpoint'] } : { kind },
      imageFailure: () => failure,
    },
    ...(stacks === undefined ? {} : { stacks }),
  });

  it.each([
    ['of an earlier deployment', image('outdated'), ['problem']],
    ['of an earlier deployment, and nothing is deployed now', image('outdated', 'none'), ['problem']],
    ['not built yet', image('not-built'), ['warning']],
    ['not built, and nothing is deployed', image('not-built', 'none'), []],
  ] satisfies [string, Given, Level[]][])('is %s', async (_, given, levels) => {
    expect((await found('image', given)).map((each) => each.level)).toEqual(levels);
  });
});

describe('what AWS does not answer', () => {
  it('names the action that is not allowed', async () => {
    const [named] = await found('disk-key', {
      account: {
        defaultDiskKey: refused(
          'UnauthorizedOperation',
          'User: arn:aws:iam::1:user/a is not authorized to perform: ec2:GetEbsDefaultKmsKeyId because ...',
        ),
      },
    });
    expect(named).toMatchObject({
      level: 'not checked',
      says: 'Not allowed: this takes ec2:GetEbsDefaultKmsKeyId.',
    });
  });

  it('names all that a check takes when AWS does not say', async () => {
    const [finding] = await found('endpoint-zones', {
      account: {
        endpointZones: refused('UnauthorizedOperation', 'You are not authorized to perform this operation.'),
      },
    });
    expect(finding?.says).toBe(
      'Not allowed: this takes ec2:DescribeVpcEndpointServices, ec2:DescribeAvailabilityZones, ec2:DescribeSubnets.',
    );
  });

  it('passes on what AWS says otherwise', async () => {
    const [finding] = await found('quotas', {
      account: { quota: refused('OptInRequired', 'subscribe first') },
    });
    expect(finding).toMatchObject({ level: 'not checked', says: 'AWS says OptInRequired: subscribe first' });
  });

  it('does not take a mistake of its own for an answer', async () => {
    const mistake = { vpcCount: () => Promise.reject(new TypeError('x is undefined')) };
    await expect(found('quotas', { account: mistake, stacks: 'none' })).rejects.toThrow('x is undefined');
  });
});
