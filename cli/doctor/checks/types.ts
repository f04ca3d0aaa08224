import type { Account, InstanceType } from '../aws/account.ts';
import { notChecked, ok, problem, warning, type Check, type Finding } from '../finding.ts';
import type { StageFacts } from '../stage/facts.ts';
import type { Plan } from '../stage/plan.ts';

interface Ports {
  readonly account: Pick<Account, 'plan' | 'instanceTypes' | 'quota' | 'vpcCount'>;
  readonly facts: Pick<StageFacts, 'plan' | 'stacks'>;
}

/**
 * Limits of accounts on the free plan, which may use only a few types: others end in "The specified instance type is not eligible for
 * Free Tier". EC2 says of each type whether it is one of them.
 */
export const freePlanCheck: Check<Ports> = {
  name: 'account-plan',
  about: 'limits of the account plan',
  needs: ['freetier:GetAccountPlanState', 'ec2:DescribeInstanceTypes'],
  look: async ({ account, facts }) => {
    if ((await account.plan()) !== 'FREE') return [ok('The account is not on the free plan.')];
    const plan = await facts.plan();
    if (plan === undefined)
      return [warning('The account is on the free plan, which allows few instance types.', UPGRADE)];
    const free = new Set((await knownTypes(account, plan)).flatMap(({ type, free }) => (free ? [type] : [])));
    return limits(plan, (type) => free.has(type));
  },
};

const UPGRADE = 'See which: aws ec2 describe-instance-types --filters Name=free-tier-eligible,Values=true';

function limits({ fleetType, buildTypes }: Plan, isFree: (type: string) => boolean): Finding[] {
  const findings: Finding[] = [];
  const setting = (name: string) => `Set ${name} to one that it allows, or leave the free plan. ${UPGRADE}`;
  if (fleetType !== undefined && !isFree(fleetType))
    findings.push(
      problem(
        `The account is on the free plan, which does not allow ${fleetType}.`,
        setting('fleet.instanceType'),
      ),
    );
  if (buildTypes.length > 0 && !buildTypes.some(isFree))
    findings.push(
      problem(
        `The account is on the free plan, which allows none of the types that images are built on: ${buildTypes.join(', ')}.`,
        setting('image.instanceTypes'),
      ),
    );
  return findings.length > 0
    ? findings
    : [ok('The account is on the free plan, which allows what is configured.')];
}

/** Quota of running On-Demand Standard instances (A, C, D, H, I, M, R, T and Z), in virtual processors. */
const STANDARD_CPUS = { service: 'ec2', code: 'L-1216C47A' };
const VPCS = { service: 'vpc', code: 'L-F678F1CE' };

export const quotasCheck: Check<Ports> = {
  name: 'quotas',
  about: 'service quotas',
  needs: ['servicequotas:GetServiceQuota', 'ec2:DescribeInstanceTypes', 'ec2:DescribeVpcs'],
  look: async ({ account, facts }) => {
    const plan = await facts.plan();
    if (plan === undefined) return [];
    const made = (await facts.stacks()).has('Network');
    return [...(await cpus(account, plan)), ...(plan.ownVpc && !made ? await vpcs(account) : [])];
  },
};

async function cpus(account: Ports['account'], plan: Plan): Promise<Finding[]> {
  const [quota, types] = await Promise.all([
    account.quota(STANDARD_CPUS.service, STANDARD_CPUS.code),
    knownTypes(account, plan),
  ]);
  if (quota === undefined) return [notChecked('AWS has no quota for virtual processors here.')];
  const cpusOf = (name: string | undefined) => types.find(({ type }) => type === name)?.cpus ?? 0;
  // The build's machine is gone when the test's is launched; of the list the first that can be had is taken.
  const build = Math.max(0, ...plan.buildTypes.map(cpusOf));
  const needed = build + cpusOf(plan.fleetType);
  const says = `The account may run ${quota} virtual processors of the standard types at a time`;
  if (quota >= needed) return [ok(`${says}; an image build and one instance take ${needed}.`)];
  return [
    problem(
      `${says}, and an image build and one instance take ${needed}.`,
      'Ask for more: aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-1216C47A --desired-value N',
    ),
  ];
}

async function vpcs(account: Ports['account']): Promise<Finding[]> {
  const [quota, count] = await Promise.all([account.quota(VPCS.service, VPCS.code), account.vpcCount()]);
  if (quota === undefined) return [notChecked('AWS has no quota for VPCs here.')];
  if (count < quota) return [ok(`The region has ${count} of at most ${quota} VPCs.`)];
  return [
    problem(
      `The region has ${count} VPCs, and the account may have ${quota}.`,
      'Delete one, ask for more (Service Quotas, L-F678F1CE), or have the stage use one: network.vpcId.',
    ),
  ];
}

const knownTypes = (
  account: Pick<Account, 'instanceTypes'>,
  { buildTypes, fleetType }: Plan,
): Promise<readonly InstanceType[]> =>
  account.instanceTypes([...new Set([...buildTypes, ...(fleetType === undefined ? [] : [fleetType])])]);
