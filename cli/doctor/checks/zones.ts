import type { Account } from '../aws/account.ts';
import { notChecked, ok, problem, warning, type Check } from '../finding.ts';
import type { StageFacts } from '../stage/facts.ts';

interface Ports {
  readonly account: Pick<Account, 'endpointZones' | 'offerings' | 'region'>;
  readonly facts: Pick<StageFacts, 'plan' | 'zones'>;
}

const CHOOSE =
  'Name zones that have both: network.availabilityZones, or other subnets (network.fleetSubnetIds)';
const SUBNETS = ['ec2:DescribeAvailabilityZones', 'ec2:DescribeSubnets'];

/** An interface endpoint cannot have an address in every zone of every region. */
export const endpointZonesCheck: Check<Ports> = {
  name: 'endpoint-zones',
  about: "zones of the keyserver's endpoint",
  needs: ['ec2:DescribeVpcEndpointServices', ...SUBNETS],
  look: async ({ account, facts }) => {
    const zones = await facts.zones();
    if (zones === undefined) return [];
    const offered = await account.endpointZones('execute-api');
    if (offered.length === 0)
      return [
        problem(
          `Region ${account.region} has no endpoint service for execute-api.`,
          'Deploy to another region: the keyserver is reached by one.',
        ),
      ];
    const known = zones.fleet.filter((zone) => zone !== undefined);
    if (known.length < zones.fleet.length || known.length === 0)
      return [notChecked('The zone of a subnet of the fleet is not known.')];
    const lacking = known.filter((zone) => !offered.includes(zone));
    if (lacking.length > 0)
      return [
        problem(
          `${lacking.join(', ')} do not have the endpoint service of execute-api; ${list(offered)}.`,
          `${CHOOSE}.`,
        ),
      ];
    return [ok(`${known.join(', ')} have the endpoint service of execute-api.`)];
  },
};

export const instanceTypesCheck: Check<Ports> = {
  name: 'instance-types',
  about: 'instance types on offer',
  needs: ['ec2:DescribeInstanceTypeOfferings', ...SUBNETS],
  look: async ({ account, facts }) => {
    const [plan, zones] = await Promise.all([facts.plan(), facts.zones()]);
    if (plan === undefined || zones === undefined) return [];
    const { buildTypes, fleetType } = plan;
    const types = [...new Set([...buildTypes, ...(fleetType === undefined ? [] : [fleetType])])];
    const offerings = await account.offerings(types);
    const offeredIn = (type: string, zone: string): boolean => offerings.get(type)?.includes(zone) ?? false;
    return [...launch(), ...build()];

    function launch() {
      const fleet = (zones?.fleet ?? []).filter((zone) => zone !== undefined);
      if (fleetType === undefined || fleet.length < (zones?.fleet.length ?? 0) || fleet.length === 0)
        return [notChecked('Where instances are launched is not known.')];
      const offering = fleet.filter((zone) => offeredIn(fleetType, zone));
      if (offering.length === fleet.length) return [ok(`Instances: ${fleetType} in ${fleet.join(', ')}.`)];
      const lacking = fleet.filter((zone) => !offering.includes(zone)).join(', ');
      if (offering.length === 0)
        return [
          problem(
            `Instances are launched in ${lacking}, without ${fleetType}; ${list(offerings.get(fleetType) ?? [])}.`,
            'Name another type (fleet.instanceType), or zones that have it (network.availabilityZones, network.fleetSubnetIds).',
          ),
        ];
      return [
        warning(
          `${fleetType} is not offered in ${lacking}: instances can be launched in ${offering.join(', ')} alone.`,
          'To use the others as well, name another type: fleet.instanceType.',
        ),
      ];
    }

    function build() {
      const zone = zones?.build;
      if (buildTypes.length === 0 || zone === undefined)
        return [notChecked('Where images are built is not known.')];
      const usable = buildTypes.filter((type) => offeredIn(type, zone));
      if (usable.length > 0) return [ok(`Image builds: ${usable.join(', ')} in ${zone}.`)];
      return [
        problem(
          `Images are built in ${zone}, which does not have ${buildTypes.join(' or ')}.`,
          'Name another type (image.instanceTypes), or another subnet (network.buildSubnetId).',
        ),
      ];
    }
  },
};

const list = (zones: readonly string[]): string =>
  zones.length === 0 ? 'no zone of the region does' : `these do: ${[...zones].toSorted().join(', ')}`;
