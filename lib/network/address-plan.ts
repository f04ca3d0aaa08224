import type {
  AllocateCidrRequest,
  IIpAddresses,
  SubnetIpamOptions,
  VpcIpamOptions,
} from 'aws-cdk-lib/aws-ec2';
import { Token } from 'aws-cdk-lib/core';

/** Of each kind of subnets, so that there is one for every zone of a region: AWS names them a to f so far. */
const SLOTS = 8;
/** Of zones that are told by their place in EC2's list and not by name: behind those that have names. */
const FIRST_UNNAMED = 6;

/**
 * Part of the VPC's range for each subnet: by its kind and the letter of its zone, and not by how many there are. A zone that is
 * added, taken away or named takes no address of another: EC2 makes the new subnet before the old one goes, and refuses
 * one that overlaps.
 */
export class AddressPlan implements IIpAddresses {
  private readonly cidr: string;
  private readonly kinds: readonly string[];

  /** @param kinds names of the subnet groups, a power of two of them */
  constructor(cidr: string, kinds: readonly string[]) {
    this.cidr = cidr;
    this.kinds = kinds;
  }

  allocateVpcCidr(): VpcIpamOptions {
    return { cidrBlock: this.cidr };
  }

  allocateSubnetsCidr({ requestedSubnets }: AllocateCidrRequest): SubnetIpamOptions {
    const unnamed = new Map<string, number>();
    const allocatedSubnets = requestedSubnets.map(({ availabilityZone, configuration: { name } }) => {
      const index = unnamed.get(name) ?? 0;
      if (Token.isUnresolved(availabilityZone)) unnamed.set(name, index + 1);
      return { cidr: this.block(this.kinds.indexOf(name) * SLOTS + slotOf(availabilityZone, index)) };
    });
    return { allocatedSubnets };
  }

  private block(index: number): string {
    const [address = '', mask = ''] = this.cidr.split('/');
    const bits = Number(mask) + Math.log2(this.kinds.length * SLOTS);
    const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const start = first - (first % 2 ** (32 - Number(mask))) + index * 2 ** (32 - bits);
    return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.')}/${bits}`;
  }
}

function slotOf(zone: string, index: number): number {
  return Token.isUnresolved(zone) ? FIRST_UNNAMED + index : (zone.charCodeAt(zone.length - 1) - 97) % SLOTS;
}
