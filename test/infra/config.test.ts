import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, parseConfig } from '../../lib/config.ts';

function problemsOf(context: unknown): readonly string[] {
  try {
    parseConfig(context);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('when the configuration names a stage and nothing else', () => {
  const [stage] = parseConfig({ stages: [{ name: 'dev' }] }).stages;

  it('has the defaults that hold doubtful requests for a person', () => {
    expect(stage?.keyserver.policy).toEqual({ enrolment: 'allow', moved: 'approve', ticket: 'approve' });
  });

  it('leaves account and region to whoever deploys', () => {
    expect(stage?.account).toBeUndefined();
    expect(stage?.region).toBeUndefined();
  });

  it('lets instances reach nothing else, and names no custodian', () => {
    expect(stage?.fleet.egress).toEqual([]);
    expect(stage?.keyserver.custodians).toEqual([]);
  });

  it('waits for preseed messages without end, and guards the metadata service', () => {
    expect(stage?.preseed).toEqual({ waitLimitSeconds: 0, imdsGuard: 'on', imdsUsers: [] });
  });

  it('builds on Ubuntu 24.04 of its architecture', () => {
    const { stages } = parseConfig({ stages: [{ name: 'dev', image: { architecture: 'arm64' } }] });
    expect(stage?.image.parentImage).toContain('/24.04/stable/current/amd64/');
    expect(stages[0]?.image.parentImage).toContain('/24.04/stable/current/arm64/');
    expect(stages[0]?.fleet.instanceType).toBe('t4g.small');
  });
});

describe('when it comes from the command line', () => {
  it('is read as JSON', () => {
    expect(parseConfig('{"stages":[{"name":"qa"}]}').stages[0]?.name).toBe('qa');
  });

  it('says so when it is none', () => {
    expect(problemsOf('{stages')).toContain('sealroot: must be an object');
  });
});

describe('when several things are wrong', () => {
  it('lists every one with its path', () => {
    const stage = {
      name: 'Dev_1',
      account: '123',
      network: { cidr: '8.8.8.0/24', availabilityZones: ['here'] },
      keyserver: { logRetentionDays: 31, throttling: { rate: 0 }, policy: { moved: 'maybe' } },
      image: { architecture: 'riscv', parentImage: 'ubuntu', schedule: 'daily' },
      fleet: { dataDiskGiB: 1, egress: [{ cidr: '10.0.0.0/33', port: 0 }] },
      preseed: { waitLimitSeconds: -1, imdsGuard: true, imdsUsers: ['www-data', 'root; reboot'] },
    };
    const paths = problemsOf({ stages: [stage] }).map((problem) => problem.split(': ')[0]);
    expect(paths.sort()).toEqual([
      'sealroot.stages[0]',
      'sealroot.stages[0].account',
      'sealroot.stages[0].fleet.dataDiskGiB',
      'sealroot.stages[0].fleet.egress[0].cidr',
      'sealroot.stages[0].fleet.egress[0].port',
      'sealroot.stages[0].image.architecture',
      'sealroot.stages[0].image.parentImage',
      'sealroot.stages[0].image.schedule',
      'sealroot.stages[0].keyserver.logRetentionDays',
      'sealroot.stages[0].keyserver.policy.moved',
      'sealroot.stages[0].keyserver.throttling.rate',
      'sealroot.stages[0].name',
      'sealroot.stages[0].network.availabilityZones[0]',
      'sealroot.stages[0].network.cidr',
      'sealroot.stages[0].preseed.imdsGuard',
      'sealroot.stages[0].preseed.imdsUsers[1]',
      'sealroot.stages[0].preseed.waitLimitSeconds',
    ]);
  });
});

describe.each<[string, object, string]>([
  ['a misspelt member', { fleet: { egres: [] } }, 'stages[0].fleet.egres: is not known here'],
  ['a number that is text', { fleet: { dataDiskGiB: '20' } }, 'fleet.dataDiskGiB: must be a whole number'],
  ['a region alone', { region: 'eu-west-1' }, 'stages[0]: account and region are given together'],
  [
    'a zone of another region',
    { account: '111122223333', region: 'eu-west-1', network: { availabilityZones: ['us-east-1a'] } },
    'us-east-1a is not in eu-west-1',
  ],
  [
    'an alias for a key of volumes',
    { fleet: { kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:alias/disks' } },
    'must be the ARN of a KMS key',
  ],
  [
    'a key of volumes that EC2 does not reach',
    {
      account: '123456789012',
      region: 'eu-west-1',
      image: { kmsKeyArn: 'arn:aws:kms:eu-west-2:123456789012:key/00000000-1111-4222-8333-444444444444' },
    },
    'is a key of eu-west-2, but the stage is in eu-west-1',
  ],
  ['a machine of the other architecture', { fleet: { instanceType: 't4g.small' } }, 't4g.small is arm64'],
  [
    'an imported VPC with more subnets than a region has zones',
    {
      network: {
        vpcId: 'vpc-12345678',
        fleetSubnetIds: [1, 2, 3, 4, 5, 6, 7].map((digit) => `subnet-1234567${digit}`),
        buildSubnetId: 'subnet-12345678',
      },
    },
    'fleetSubnetIds: must name at most 6',
  ],
  ['an imported VPC without subnets', { network: { vpcId: 'vpc-12345678' } }, 'fleetSubnetIds: must name'],
  [
    'a range of both VPC kinds',
    { network: { vpcId: 'vpc-12345678', cidr: '10.0.0.0/16' } },
    'network.cidr: is not known',
  ],
  [
    'more addresses than the tag of an image has room for',
    { network: { endpointAddresses: [1, 2, 3].map((n) => `${'a'.repeat(60)}${n}.example.com`) } },
    'endpointAddresses: must have at most 160 characters together',
  ],
  ['a section that is a list', { image: [] }, 'stages[0].image: must be an object'],
])('when it has %s', (_, members, problem) => {
  it('says what is wrong with it', () => {
    expect(problemsOf({ stages: [{ name: 'dev', ...members }] }).join('\n')).toContain(problem);
  });
});

describe('the page about the configuration', () => {
  /** Names of members that a section with an unknown one is told of. */
  const membersOf = (section: (stray: object) => object): string[] => {
    const [problem = ''] = problemsOf({ stages: [{ name: 'dev', ...section({ stray: 1 }) }] }).filter(
      (each) => each.includes('stray'),
    );
    return problem.split('known: ')[1]?.split(', ') ?? [];
  };
  const nested: Record<string, string[]> = {
    'keyserver.policy': membersOf((policy) => ({ keyserver: { policy } })),
    'keyserver.throttling': membersOf((throttling) => ({ keyserver: { throttling } })),
    'access.ROLE': membersOf((operator) => ({ access: { operator } })),
  };
  const vpc = { vpcId: 'vpc-12345678' };
  const sections: Record<string, string[]> = {
    network: [
      ...membersOf((network) => ({ network })),
      ...membersOf((network) => ({ network: { ...network, ...vpc } })),
    ],
    keyserver: membersOf((keyserver) => ({ keyserver })),
    image: membersOf((image) => ({ image })),
    fleet: membersOf((fleet) => ({ fleet })),
    access: membersOf((access) => ({ access })).map((name) =>
      name === 'separationOfDuties' ? name : 'ROLE',
    ),
    preseed: membersOf((preseed) => ({ preseed })),
  };
  const all = { ...sections, ...nested };
  const settings = Object.entries(all)
    .flatMap(([section, members]) => members.map((member) => `${section}.${member}`))
    .filter((name) => !(name in all));
  const alone = membersOf((stray) => stray).filter((name) => !(name in all));

  it('has every setting that there is, and no other', () => {
    expect(settings.length).toBeGreaterThan(30);
    const page = readFileSync('docs/reference/configuration.md', 'utf8').split('\n### ')[0]!;
    const cells = [...page.matchAll(/^\| (`.*?) +\|/gm)].map(([, cell = '']) => cell);
    const written = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    expect(written.toSorted()).toEqual([...new Set([...settings, ...alone])].toSorted());
  });
});

describe('when two stages have one name', () => {
  it('refuses the second', () => {
    expect(problemsOf({ stages: [{ name: 'dev' }, { name: 'dev' }] })).toEqual([
      'sealroot.stages[1].name: dev is taken by an earlier stage',
    ]);
  });
});

describe('when there is no stage', () => {
  it('says that there must be one', () => {
    expect(problemsOf({})).toEqual(['sealroot.stages: must name at least one stage']);
  });
});

describe('the access section', () => {
  const SAML = 'arn:aws:iam::111122223333:saml-provider/work';
  const OIDC = 'arn:aws:iam::111122223333:oidc-provider/id.example.com';
  const oidc = { provider: OIDC, audiences: ['sealroot'], subjects: ['*'], mfa: { amr: 'mfa' } };
  const problems = (access: object, members: object = {}) =>
    problemsOf({ stages: [{ name: 'dev', ...members, access }] });

  it('asks custodians for the freshest code and gives them the shortest session, by default', () => {
    const [stage] = parseConfig({ stages: [{ name: 'dev' }] }).stages;
    const { operator, custodian, auditor, maintainer } = stage!.access.roles;
    expect(custodian).toMatchObject({ maxMfaAgeSeconds: 300, sessionSeconds: 3600 });
    expect(operator).toMatchObject({ maxMfaAgeSeconds: 3600, sessionSeconds: 14_400 });
    expect(auditor).toMatchObject({ maxMfaAgeSeconds: 3600, sessionSeconds: 28_800 });
    expect(maintainer).toMatchObject({ maxMfaAgeSeconds: 3600, sessionSeconds: 14_400 });
    expect(stage!.access.separationOfDuties).toBe(false);
  });

  it('takes every kind of principal', () => {
    const principals = {
      users: ['ada', 'engineering/grace'],
      groups: ['operators'],
      accounts: ['444455556666'],
      saml: [{ provider: SAML, mfa: { tag: 'MFA', value: 'yes' } }],
      oidc: [oidc],
    };
    const { stages } = parseConfig({ stages: [{ name: 'dev', access: { operator: { principals } } }] });
    expect(stages[0]?.access.roles.operator.principals).toEqual({
      ...principals,
      saml: [{ provider: SAML, mfa: { kind: 'tag', name: 'MFA', value: 'yes' } }],
      oidc: [{ ...oidc, sessionName: 'sub', mfa: { kind: 'claim', value: 'mfa' } }],
    });
  });

  it.each<[string, object, string]>([
    [
      'a custodian’s code that may be older than an operator’s',
      { custodian: { maxMfaAgeSeconds: 7200 } },
      "must not exceed the operator's, 3600",
    ],
    [
      'an age that no session has',
      { auditor: { maxMfaAgeSeconds: 129_601 } },
      'maxMfaAgeSeconds: must be a whole number',
    ],
    [
      'a session that IAM cannot cap',
      { auditor: { sessionSeconds: 900 } },
      'sessionSeconds: must be a whole number from 3600',
    ],
    [
      'a session longer than any',
      { auditor: { sessionSeconds: 43_201 } },
      'sessionSeconds: must be a whole number',
    ],
    ['a switch that is text', { separationOfDuties: 'yes' }, 'separationOfDuties: must be true or false'],
    ['a role that is not there', { admin: {} }, 'access.admin: is not known here'],
    [
      'a user that is an ARN',
      { operator: { principals: { users: ['arn:aws:iam::111122223333:user/ada'] } } },
      'users[0]: must be the name of an IAM user',
    ],
    ['everybody', { operator: { principals: { users: ['*'] } } }, 'users[0]: must be'],
    [
      'a user whose name no session can have',
      { operator: { principals: { users: ['a'] } } },
      'users[0]: must be',
    ],
    [
      'a user twice',
      { operator: { principals: { users: ['ada', 'ada'] } } },
      'users: must not repeat a value',
    ],
    [
      'an account that is none',
      { operator: { principals: { accounts: ['4444'] } } },
      'accounts[0]: must be an account id',
    ],
    [
      'a provider that asserts nothing',
      { operator: { principals: { saml: [{ provider: SAML }] } } },
      'saml[0].mfa: must say how the provider asserts MFA',
    ],
    [
      'a tag that does not say what it asserts',
      { operator: { principals: { saml: [{ provider: SAML, mfa: { tag: 'team', value: 'x' } }] } } },
      'mfa.tag: must be a session tag whose name has "mfa" in it',
    ],
    [
      'a value that anything matches',
      { operator: { principals: { oidc: [{ ...oidc, mfa: { amr: '*' } }] } } },
      'mfa.amr: must be the value that asserts MFA',
    ],
    [
      'two assertions',
      { operator: { principals: { oidc: [{ ...oidc, mfa: { amr: 'mfa', tag: 'mfa' } }] } } },
      'oidc[0].mfa: must say how',
    ],
    [
      'a provider of the other kind',
      { operator: { principals: { saml: [{ provider: OIDC, mfa: { assurance: 'x' } }] } } },
      'saml[0].provider: must be the ARN of a SAML provider',
    ],
    [
      'tokens for anybody',
      { operator: { principals: { oidc: [{ ...oidc, audiences: [] }] } } },
      'oidc[0].audiences: must name at least one',
    ],
    [
      'subjects that are not said',
      { operator: { principals: { oidc: [{ ...oidc, subjects: [] }] } } },
      'oidc[0].subjects: must name at least one',
    ],
    [
      'a policy variable',
      { operator: { principals: { oidc: [{ ...oidc, subjects: ['${aws:username}'] }] } } },
      'oidc[0].subjects[0]: must be',
    ],
  ])('refuses %s', (_, access, problem) => {
    expect(problems(access).join('\n')).toContain(problem);
  });

  it('refuses what is not of the stage’s account, and its own account as another', () => {
    const here = { account: '444455556666', region: 'eu-west-1' };
    const principals = { accounts: ['444455556666'], saml: [{ provider: SAML, mfa: { assurance: 'x' } }] };
    expect(problems({ operator: { principals } }, here)).toEqual([
      expect.stringContaining("saml[0].provider: must be in the stage's account"),
      expect.stringContaining("accounts: 444455556666 is the stage's own"),
    ]);
  });

  it('separates duties only where one directory names everybody', () => {
    const federated = { principals: { oidc: [oidc] } };
    const separationOfDuties = true;
    expect(problems({ separationOfDuties })).toEqual([]);
    expect(problems({ separationOfDuties, operator: federated, custodian: federated })).toEqual([]);
    expect(problems({ separationOfDuties, operator: federated })).toEqual([
      expect.stringContaining('separationOfDuties: compares the names of operators and custodians'),
    ]);
    const byMail = { principals: { oidc: [{ ...oidc, sessionName: 'email' }] } };
    expect(problems({ separationOfDuties, operator: federated, custodian: byMail })).toHaveLength(1);
  });
});
