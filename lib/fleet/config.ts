import { readInstanceType, type Architecture } from '../image/config.ts';
import type { Section, TextRule } from '../platform/config-section.ts';
import { readDiskKey } from '../platform/disk-keys.ts';

/** The instances, as they are written in cdk.json. */
export interface FleetSettings {
  /**
   * Type of instances that are launched with no other named.
   * @default - 't3.small' or 't4g.small'
   */
  readonly instanceType?: string;
  /**
   * Size of the blank disk that becomes the encrypted root, in GiB.
   * @default 20
   */
  readonly dataDiskGiB?: number;
  /**
   * ARN of the KMS key that EC2 encrypts volumes under.
   * @default - the key of the image's snapshots
   */
  readonly kmsKeyArn?: string;
  /**
   * Destinations that instances may reach besides the keyserver. A VPC of the stage's own has no route out of it either.
   * @default - nothing
   */
  readonly egress?: readonly EgressSettings[];
}

export interface EgressSettings {
  /** IPv4 range. */
  readonly cidr: string;
  /** @default 'tcp' */
  readonly protocol?: 'tcp' | 'udp';
  /** @default 443 */
  readonly port?: number;
}

/** One thing that instances may reach besides the keyserver. */
export interface Egress {
  readonly cidr: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/**
 * Size of the blank disk in the image. EC2 keeps it as a snapshot, like every disk of a build, and never makes a disk
 * smaller than its snapshot. The instance that the image is tested on encrypts a copy of the base system there.
 */
export const MIN_DATA_DISK_GIB = 16;

export interface FleetConfig {
  /** Default `t3.small` or `t4g.small`. */
  readonly instanceType: string;
  /** Size of the blank disk that becomes the encrypted root. Default 20. */
  readonly dataDiskGiB: number;
  /** ARN of the KMS key that EC2 encrypts volumes under. Default: the key of the image's snapshots. */
  readonly kmsKeyArn?: string | undefined;
  /** Default: nothing. In a VPC of the stage's own there is no route out of it either. */
  readonly egress: readonly Egress[];
}

const IPV4_RANGE: TextRule = {
  pattern: /^((\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(\.(?!\/)|(?=\/))){4}\/(\d|[12]\d|3[0-2])$/,
  what: 'an IPv4 range such as 10.1.0.0/16',
};

/** @param region of the stage, when it is known: EC2 uses keys of its own region only */
export function readFleet(
  section: Section,
  architecture: Architecture,
  region: string | undefined,
): FleetConfig {
  const config: FleetConfig = {
    instanceType: readInstanceType(section, architecture, { amd64: 't3.small', arm64: 't4g.small' }),
    dataDiskGiB: section.integer('dataDiskGiB', { min: MIN_DATA_DISK_GIB, max: 16_384 }, 20),
    kmsKeyArn: readDiskKey(section, region),
    egress: section.sections('egress').map(readEgress),
  };
  section.end();
  return config;
}

function readEgress(section: Section): Egress {
  const egress: Egress = {
    cidr: section.text('cidr', IPV4_RANGE),
    protocol: section.choice('protocol', ['tcp', 'udp'], 'tcp'),
    port: section.integer('port', { min: 1, max: 65_535 }, 443),
  };
  section.end();
  return egress;
}
