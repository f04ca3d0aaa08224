import { AwsError } from '../../engine/contracts/errors.ts';
import type { Resource, Resources } from '../../engine/contracts/resources.ts';
import type { InstanceRecord } from './instances.ts';

export interface Placement {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly vpcCidr?: string;
}

/**
 * Chooses the subnet of an instance: the one asked for, else one of the VPC of its security groups, else any.
 *
 * @throws AwsError InvalidSubnetID.NotFound
 */
export function placement(
  resources: Resources,
  region: string,
  subnetId: string | undefined,
  securityGroups: readonly string[],
): Placement {
  const subnets = resources.ofType('AWS::EC2::Subnet');
  const vpcs = securityGroups.map((id) => resources.byPhysicalId(id)?.properties['VpcId']);
  const subnet =
    subnetId === undefined
      ? (subnets.find(({ properties }) => vpcs.includes(properties['VpcId'])) ?? subnets[0])
      : subnets.find(({ physicalId }) => physicalId === subnetId);
  if (subnetId !== undefined && subnet === undefined) {
    throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
  }
  // Templates without a VPC leave a default one, as in a new AWS account.
  const vpcId =
    text(subnet, 'VpcId') ?? resources.ofType('AWS::EC2::VPC')[0]?.physicalId ?? `vpc-${'0'.repeat(17)}`;
  const vpcCidr = vpcCidrOf(resources, vpcId);
  return {
    subnetId: subnet?.physicalId ?? `subnet-${'0'.repeat(17)}`,
    vpcId,
    availabilityZone: text(subnet, 'AvailabilityZone') ?? `${region}a`,
    ...(vpcCidr !== undefined && { vpcCidr }),
  };
}

/** The range of a VPC; undefined for one that no template has, or has no longer. */
export const vpcCidrOf = (resources: Resources, vpcId: string): string | undefined =>
  text(resources.byPhysicalId(vpcId), 'CidrBlock');

/** The interface endpoint for execute-api of a VPC. */
export function executeApiEndpoint(resources: Resources, vpcId: string): string | undefined {
  return resources
    .ofType('AWS::EC2::VPCEndpoint')
    .find(
      (endpoint) =>
        text(endpoint, 'VpcId') === vpcId && (text(endpoint, 'ServiceName') ?? '').endsWith('.execute-api'),
    )?.physicalId;
}

/**
 * The lowest free address. Link-local, since a guest has no other network here; well clear of the addresses that play AWS.
 */
export function freeAddress(instances: readonly InstanceRecord[]): string {
  const taken = new Set(
    instances.filter(({ state }) => state !== 'terminated').map(({ privateIp }) => privateIp),
  );
  for (let number = 0; number < 4096; number++) {
    const address = `169.254.${16 + Math.floor(number / 240)}.${10 + (number % 240)}`;
    if (!taken.has(address)) return address;
  }
  throw new AwsError('InsufficientFreeAddressesInSubnet', 'There are no free addresses left.');
}

/** MAC address that is locally administered, and different for every IP address. */
export function macAddress(privateIp: string): string {
  const octets = privateIp.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return ['02', '5e', ...octets].join(':');
}

function text(resource: Resource | undefined, property: string): string | undefined {
  const value = resource?.properties[property];
  return typeof value === 'string' ? value : undefined;
}
