import type { Place, Plan } from './plan.ts';

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
  const places = [...plan.fleetSubnets, plan.buildSubnet];
  const ids = places.flatMap((place) => (place.kind === 'subnet' ? [place.id] : []));
  const anyListed = places.some(({ kind }) => kind === 'listed');
  const none = new Map<string, string>();
  const [listed, made, known] = await Promise.all([
    anyListed ? geography.zones() : [],
    anyListed ? geography.madeSubnets() : none,
    ids.length > 0 ? geography.zonesOf(ids) : none,
  ]);
  const zone = (place: Place): string | undefined => {
    switch (place.kind) {
      case 'zone':
        return place.zone;
      case 'listed':
        return made.get(place.resource) ?? listed[place.index];
      case 'subnet':
        return known.get(place.id);
      case 'elsewhere':
        return undefined;
    }
  };
  return { fleet: plan.fleetSubnets.map(zone), build: zone(plan.buildSubnet) };
}
