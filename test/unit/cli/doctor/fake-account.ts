import type { Account } from '../../../../cli/doctor/aws/account.ts';
import type { AwsPorts } from '../../../../cli/doctor/checks.ts';
import type { Plan } from '../../../../cli/doctor/stage/plan.ts';
import type { Zones } from '../../../../cli/doctor/stage/zones.ts';
import { STACKS, type StackId } from '../../../../protocol/names.ts';
import type { Build, StackState } from '../../../../cli/doctor/aws/account.ts';

/** An account where all is well. */
export const ACCOUNT: Account = {
  region: 'eu-west-1',
  caller: 'arn:aws:sts::111122223333:assumed-role/sealroot-dev-eu-west-1-access-maintainer/ada',
  account: '111122223333',
  clockAhead: 0,
  zones: async () => ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
  madeSubnets: async () => new Map(),
  zonesOf: async (ids) => new Map(ids.map((id) => [id, 'eu-west-1a'])),
  endpointZones: async () => ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
  offerings: async (types) => new Map(types.map((type) => [type, ['eu-west-1a', 'eu-west-1b']])),
  instanceTypes: async (types) =>
    types.map((type) => ({
      type,
      architectures: [/^\w+g\./.test(type) ? 'arm64' : 'x86_64'],
      cpus: 2,
      free: ['t3.small', 'm7i-flex.large'].includes(type),
    })),
  defaultDiskKey: async () => 'alias/aws/ebs',
  parameter: async () => 'ami-0123456789abcdef0',
  image: async () => ({ architecture: 'x86_64', state: 'available', name: 'ubuntu-24.04' }),
  plan: async () => 'PAID',
  stack: async () => ({ status: 'CREATE_COMPLETE', reason: undefined, deployed: '2025-12-01T00:00:00Z' }),
  template: async () => undefined,
  builds: async () => [],
  quota: async () => 32,
  vpcCount: async () => 1,
  consoles: async () => [],
};

export const PLAN: Plan = {
  buildTypes: ['m7i.large', 'm7i-flex.large'],
  fleetType: 't3.small',
  parentImage: 'ssm:/aws/service/canonical/ubuntu',
  fleetSubnets: [],
  buildSubnet: { kind: 'elsewhere' },
  imageKey: undefined,
  fleetKey: undefined,
  bound: true,
  ownVpc: true,
};

const ZONES: Zones = { fleet: ['eu-west-1a', 'eu-west-1b'], build: 'eu-west-1a' };

export interface Given {
  readonly account?: Partial<Account>;
  readonly plan?: Partial<Plan> | 'none';
  readonly zones?: Partial<Zones>;
  /** Stacks that are not complete, or (undefined) not there. */
  readonly stacks?: Partial<Record<StackId, StackState | undefined>> | 'none';
  readonly builds?: readonly Build[] | 'no pipeline';
  readonly source?: string;
  readonly ports?: Partial<AwsPorts>;
}

/** Input of the checks, where all is well but for what is given. */
export function portsWhere({
  account,
  plan,
  zones,
  stacks,
  builds,
  source = 'deployed',
  ports,
}: Given): AwsPorts {
  const complete: StackState = {
    status: 'CREATE_COMPLETE',
    reason: undefined,
    deployed: '2025-12-01T00:00:00Z',
  };
  const given = stacks === 'none' ? {} : stacks;
  const states =
    stacks === 'none'
      ? []
      : STACKS.flatMap((id) => {
          const state = given !== undefined && id in given ? given[id] : complete;
          return state === undefined ? [] : [[id, state] as const];
        });
  const known = plan === 'none' ? undefined : { ...PLAN, ...plan };
  return {
    account: { ...ACCOUNT, ...account },
    stage: 'dev',
    facts: {
      stacks: async () => new Map(states),
      source: async () => (known === undefined ? undefined : source),
      plan: async () => known,
      zones: async () => known && { ...ZONES, ...zones },
      builds: async () => (builds === 'no pipeline' ? undefined : (builds ?? [])),
    },
    launchImage: async () => ({ kind: 'current', image: 'ami-0fedcba9876543210' }),
    imageFailure: () => undefined,
    now: () => Date.parse('2026-01-01T02:00:00Z'),
    ...ports,
  };
}
