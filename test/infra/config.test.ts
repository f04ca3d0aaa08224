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
  ['a machine of the other architecture', { fleet: { instanceType: 't4g.small' } }, 't4g.small is arm64'],
  ['an imported VPC without subnets', { network: { vpcId: 'vpc-12345678' } }, 'fleetSubnetIds: must name'],
  [
    'a range of both VPC kinds',
    { network: { vpcId: 'vpc-12345678', cidr: '10.0.0.0/16' } },
    'network.cidr: is not known',
  ],
  ['a section that is a list', { image: [] }, 'stages[0].image: must be an object'],
])('when it has %s', (_, members, problem) => {
  it('says what is wrong with it', () => {
    expect(problemsOf({ stages: [{ name: 'dev', ...members }] }).join('\n')).toContain(problem);
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
