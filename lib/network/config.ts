import type { Section, TextRule } from '../platform/config-section.ts';

/** A VPC of the stage's own. */
export interface OwnNetwork {
  readonly kind: 'own';
  /** IPv4, /16 to /24. Default `10.64.0.0/20`. */
  readonly cidr: string;
  /** Names of zones. Default: the first two that EC2 lists for the region, decided at deployment. */
  readonly availabilityZones: readonly string[];
}

/** A VPC that exists; its routes are its owner's business. */
export interface ImportedNetwork {
  readonly kind: 'imported';
  readonly vpcId: string;
  /** Where instances run, at most one a zone: the keyserver's endpoint has an address in each. */
  readonly fleetSubnetIds: readonly string[];
  /** Where images are built: it has to reach package mirrors and AWS APIs. */
  readonly buildSubnetId: string;
}

export type NetworkConfig = OwnNetwork | ImportedNetwork;

const CIDR: TextRule = {
  pattern:
    /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){1,3}\/(1[6-9]|2[0-4])$/,
  what: 'a private IPv4 range from /16 to /24, such as 10.64.0.0/20',
};
const ZONE: TextRule = { pattern: /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, what: 'a zone such as eu-west-1a' };
const VPC_ID: TextRule = { pattern: /^vpc-[0-9a-f]{8,17}$/, what: 'a VPC id such as vpc-0123456789abcdef0' };
const SUBNET_ID: TextRule = {
  pattern: /^subnet-[0-9a-f]{8,17}$/,
  what: 'a subnet id such as subnet-0123456789abcdef0',
};
const MAX_ZONES = 4;

/** `vpcId` decides: with it the VPC is imported, without it the stage makes one. */
export function readNetwork(section: Section, region: string | undefined): NetworkConfig {
  const network = section.has('vpcId') ? readImported(section) : readOwn(section, region);
  section.end();
  return network;
}

function readImported(section: Section): ImportedNetwork {
  const vpcId = section.text('vpcId', VPC_ID);
  const fleetSubnetIds = section.texts('fleetSubnetIds', SUBNET_ID);
  if (fleetSubnetIds.length === 0) section.report('fleetSubnetIds', 'must name at least one subnet');
  if (repeats(fleetSubnetIds)) section.report('fleetSubnetIds', 'must not repeat a subnet');
  return { kind: 'imported', vpcId, fleetSubnetIds, buildSubnetId: section.text('buildSubnetId', SUBNET_ID) };
}

function readOwn(section: Section, region: string | undefined): OwnNetwork {
  const cidr = section.text('cidr', CIDR, '10.64.0.0/20');
  if (cidr.split('/')[0]?.split('.').length !== 4) section.report('cidr', `must be ${CIDR.what}`);
  const availabilityZones = section.texts('availabilityZones', ZONE);
  if (availabilityZones.length > MAX_ZONES) {
    section.report('availabilityZones', `must name at most ${MAX_ZONES} zones`);
  }
  if (repeats(availabilityZones)) section.report('availabilityZones', 'must not repeat a zone');
  const stray = availabilityZones.find((zone) => region !== undefined && zone.slice(0, -1) !== region);
  if (stray !== undefined) section.report('availabilityZones', `${stray} is not in ${String(region)}`);
  return { kind: 'own', cidr, availabilityZones };
}

const repeats = (values: readonly string[]): boolean => new Set(values).size < values.length;
