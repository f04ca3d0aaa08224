import type { SubnetLocation, Plan } from './plan.ts';

/** Questions to EC2 that it takes to find out where subnets are. */
export interface Geography {
  /** Names of the region's zones, sorted: what Fn::GetAZs has. */
  zones(): Promise<readonly string[]>;
  /** Zone by logical id of the subnets that the stage has made; empty before. */
  madeSubnets(): Promise<ReadonlyMap<string, string>>;
  /** Zone by id of subnets; those that do not exist are left out. */
  zonesOf(subnetIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Zones of a stage; undefined where one cannot be known. */
export interface Zones {
  readonly fleet: readonly (string | undefined)[];
  readonly build: string | undefined;
}

export async function zonesOf(plan: Plan, geography: Geography): Promise<Zones> {
  const locations = [...plan.fleetSubnets, plan.buildSubnet];
  const ids = locations.flatMap((location) => (location.kind === 'subnet' ? [location.id] : []));
  const anyListed = locations.some(({ kind }) => kind === 'listed');
  const none = new Map<string, string>();
  const [listed, made, known] = await Promise.all([
    anyListed ? geography.zones() : [],
    anyListed ? geography.madeSubnets() : none,
    ids.length > 0 ? geography.zonesOf(ids) : none,
  ]);
  const zone = (location: SubnetLocation): string | undefined => {
    switch (location.kind) {
      case 'zone':
        return location.zone;
      case 'listed':
        return made.get(location.resource) ?? listed[location.index];
      case 'subnet':
        return known.get(location.id);
      case 'elsewhere':
        return undefined;
    }
  };
  return { fleet: plan.fleetSubnets.map(zone), build: zone(plan.buildSubnet) };
}
