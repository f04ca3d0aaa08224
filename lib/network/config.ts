import { MAX_ADDRESSES_LENGTH } from '../../protocol/pins.ts';
import type { Section, TextRule } from '../platform/config-section.ts';

/** The network of a stage, as it is written in cdk.json: a VPC of its own, or with `vpcId` one that exists. */
export interface NetworkSettings {
  /**
   * Private IPv4 range of a VPC of the stage's own, from /16 to /24.
   * @default '10.64.0.0/20'
   */
  readonly cidr?: string;
  /**
   * Zones of a VPC of the stage's own, at most 4.
   * @default - the first two that EC2 lists for the region, decided at deployment
   */
  readonly availabilityZones?: readonly string[];
  /**
   * A VPC that exists; its routes are its owner's business.
   * @default - the stage makes one
   */
  readonly vpcId?: string;
  /**
   * Subnets of that VPC where instances run, at most one a zone: the keyserver's endpoint has an address in each.
   * @default - none; required with `vpcId`
   */
  readonly fleetSubnetIds?: readonly string[];
  /**
   * Subnet of that VPC where images are built: it has to reach package mirrors and AWS APIs.
   * @default - none; required with `vpcId`
   */
  readonly buildSubnetId?: string;
  /**
   * Whether the VPC endpoint of the keyserver compares where a request comes from with where EC2 issued its
   * credentials, as the keyserver itself does again. `false` is for the case that AWS leaves those condition keys out.
   * @default true
   */
  readonly bindCredentialsToInstance?: boolean;
  /**
   * Whether the keyserver's endpoint has a name in a private hosted zone of the stage's: `keyserver.STAGE.sealroot.internal`.
   * The VPC has to have DNS support and DNS host names on.
   * @default true
   */
  readonly privateName?: boolean;
  /**
   * Names or addresses that images reach the keyserver's endpoint by, in place of the private name.
   * @default - the private name, or without one the endpoint's name at AWS, which goes with the endpoint
   */
  readonly endpointAddresses?: readonly string[];
}

/** Way of instances to the keyserver, whatever the VPC. */
export interface EndpointConfig {
  readonly bindCredentialsToInstance: boolean;
  readonly privateName: boolean;
  /** Names or addresses; none: the private name, or the endpoint's own. */
  readonly endpointAddresses: readonly string[];
}

/** A VPC of the stage's own. */
export interface OwnNetwork extends EndpointConfig {
  readonly kind: 'own';
  /** IPv4, /16 to /24. Default `10.64.0.0/20`. */
  readonly cidr: string;
  /** Names of zones. Default: the first two that EC2 lists for the region, decided at deployment. */
  readonly availabilityZones: readonly string[];
}

/** A VPC that exists; its routes are its owner's business. */
export interface ImportedNetwork extends EndpointConfig {
  readonly kind: 'imported';
  readonly vpcId: string;
  /** Subnets of instances, at most one a zone: the keyserver's endpoint has an address in each. */
  readonly fleetSubnetIds: readonly string[];
  /** Subnet of image builds: it has to reach package mirrors and AWS APIs. */
  readonly buildSubnetId: string;
}

export type NetworkConfig = OwnNetwork | ImportedNetwork;

const CIDR: TextRule = {
  pattern:
    /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){1,3}\/(1[6-9]|2[0-4])$/,
  what: 'a private IPv4 range from /16 to /24, such as 10.64.0.0/20',
};
const ZONE: TextRule = { pattern: /^[a-z]{2,4}(-[a-z]+)+-\d[a-z]$/, what: 'a zone such as eu-west-1a' };
const VPC_ID: TextRule = { pattern: /^vpc-[0-9a-f]{8,17}$/, what: 'a VPC id such as vpc-0123456789abcdef0' };
const SUBNET_ID: TextRule = {
  pattern: /^subnet-[0-9a-f]{8,17}$/,
  what: 'a subnet id such as subnet-0123456789abcdef0',
};
const ADDRESS: TextRule = {
  pattern: /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  what: 'a host name or an IPv4 address',
};
const MAX_ZONES = 4;
/** One a zone: AWS names them a to f so far. The operator role names a launch template for each. */
export const MAX_FLEET_SUBNETS = 6;

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
  if (fleetSubnetIds.length > MAX_FLEET_SUBNETS)
    section.report('fleetSubnetIds', `must name at most ${MAX_FLEET_SUBNETS} subnets`);
  if (repeats(fleetSubnetIds)) section.report('fleetSubnetIds', 'must not repeat a subnet');
  const buildSubnetId = section.text('buildSubnetId', SUBNET_ID);
  return { kind: 'imported', ...readEndpoint(section), vpcId, fleetSubnetIds, buildSubnetId };
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
  return { kind: 'own', ...readEndpoint(section), cidr, availabilityZones };
}

function readEndpoint(section: Section): EndpointConfig {
  const endpointAddresses = section.texts('endpointAddresses', ADDRESS);
  if (repeats(endpointAddresses)) section.report('endpointAddresses', 'must not repeat an address');
  if (endpointAddresses.join(' ').length > MAX_ADDRESSES_LENGTH)
    section.report('endpointAddresses', `must have at most ${MAX_ADDRESSES_LENGTH} characters together`);
  return {
    bindCredentialsToInstance: section.flag('bindCredentialsToInstance', true),
    privateName: section.flag('privateName', true),
    endpointAddresses,
  };
}

const repeats = (values: readonly string[]): boolean => new Set(values).size < values.length;
