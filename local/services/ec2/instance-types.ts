import { AwsError } from '../../engine/contracts/errors.ts';

export type Architecture = 'x86_64' | 'arm64';

export interface InstanceType {
  readonly name: string;
  readonly architecture: Architecture;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Whether an account of the free plan may use it. */
  readonly freeTier: boolean;
}

/** Virtual CPUs by size, of families that are sized alike. */
const VCPUS = {
  medium: 1,
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '4xlarge': 16,
  '8xlarge': 32,
  '12xlarge': 48,
  '16xlarge': 64,
  '24xlarge': 96,
  '32xlarge': 128,
  '48xlarge': 192,
} as const;
type Size = keyof typeof VCPUS;

const GIB_PER_VCPU = { c: 2, m: 4, r: 8 } as const;

/** Families of the Nitro system, on which disks are NVMe as the image expects them. */
const SIZED: readonly {
  readonly families: readonly `${keyof typeof GIB_PER_VCPU}${string}`[];
  readonly architecture: Architecture;
  readonly sizes: readonly Size[];
}[] = [
  {
    families: ['m5', 'r5'],
    architecture: 'x86_64',
    sizes: ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge'],
  },
  {
    families: ['c5'],
    architecture: 'x86_64',
    sizes: ['large', 'xlarge', '2xlarge', '4xlarge', '12xlarge', '24xlarge'],
  },
  {
    families: ['c6i', 'm6i', 'r6i', 'c6a', 'm6a', 'r6a'],
    architecture: 'x86_64',
    sizes: [
      'large',
      'xlarge',
      '2xlarge',
      '4xlarge',
      '8xlarge',
      '12xlarge',
      '16xlarge',
      '24xlarge',
      '32xlarge',
    ],
  },
  {
    families: ['c7i', 'm7i', 'r7i'],
    architecture: 'x86_64',
    sizes: [
      'large',
      'xlarge',
      '2xlarge',
      '4xlarge',
      '8xlarge',
      '12xlarge',
      '16xlarge',
      '24xlarge',
      '48xlarge',
    ],
  },
  {
    families: ['c7a', 'm7a', 'r7a'],
    architecture: 'x86_64',
    sizes: [
      ...(['medium', 'large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'] as const),
      ...(['12xlarge', '16xlarge', '24xlarge', '32xlarge', '48xlarge'] as const),
    ],
  },
  {
    families: ['c7i-flex', 'm7i-flex'],
    architecture: 'x86_64',
    sizes: ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'],
  },
  {
    families: ['c6g', 'm6g', 'r6g', 'c7g', 'm7g', 'r7g'],
    architecture: 'arm64',
    sizes: ['medium', 'large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'],
  },
  {
    families: ['c8g', 'm8g', 'r8g'],
    architecture: 'arm64',
    sizes: [
      ...(['medium', 'large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'] as const),
      ...(['12xlarge', '16xlarge', '24xlarge', '48xlarge'] as const),
    ],
  },
];

/** Burstable types: two virtual CPUs up to `large`, and memory that doubles from size to size. */
const BURSTABLE_SIZES = ['nano', 'micro', 'small', 'medium', 'large', 'xlarge', '2xlarge'] as const;
const BURSTABLE: Readonly<Record<string, Architecture>> = { t3: 'x86_64', t3a: 'x86_64', t4g: 'arm64' };

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-free-tier-usage.html */
const FREE_TIER = /^(t3|t4g)\.(micro|small)$|^(c|m)7i-flex\.large$/;

/** Families that AWS has, and that are not offered here. */
const ELSEWHERE =
  /^(a1|[cmr]\d+[a-z-]*|d[23]|d3en|f[12]|g\d+[a-z]*|h1|hpc\d+[a-z]*|i\d+[a-z-]*|im4gn|inf[12]|is4gen|mac[\w-]*|p\d+[a-z]*|t[12]|trn\d+[a-z]*|u[\w-]*|vt1|x\d+[a-z]*|z1d)\.(metal|nano|micro|small|medium|large|\d*xlarge|metal-\d+xl)$/;

function named(name: string, architecture: Architecture, vcpus: number, memoryMiB: number): InstanceType {
  return { name, architecture, vcpus, memoryMiB, freeTier: FREE_TIER.test(name) };
}

const sized = SIZED.flatMap(({ families, architecture, sizes }) =>
  families.flatMap((family) => {
    const gib = GIB_PER_VCPU[family.charAt(0) as keyof typeof GIB_PER_VCPU];
    return sizes.map((size) =>
      named(`${family}.${size}`, architecture, VCPUS[size], VCPUS[size] * gib * 1024),
    );
  }),
);
const burstable = Object.entries(BURSTABLE).flatMap(([family, architecture]) =>
  BURSTABLE_SIZES.map((size, step) =>
    named(
      `${family}.${size}`,
      architecture,
      size === 'xlarge' ? 4 : size === '2xlarge' ? 8 : 2,
      512 * 2 ** step,
    ),
  ),
);

/** Instance types that the region of the local cloud offers, in each of its zones. */
export const INSTANCE_TYPES: readonly InstanceType[] = [...burstable, ...sized];

/**
 * @param zone where the instance is to run
 * @throws AwsError `InvalidParameterValue` for what is no type, `Unsupported` for one that is not offered here
 */
export function instanceType(name: string, zone: string): InstanceType {
  const found = INSTANCE_TYPES.find((type) => type.name === name);
  if (found !== undefined) return found;
  if (!ELSEWHERE.test(name)) {
    throw new AwsError('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`);
  }
  throw new AwsError(
    'Unsupported',
    `Your requested instance type (${name}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing another one.`,
  );
}

/** @throws AwsError `InvalidParameterValue` */
export function requireArchitecture(type: InstanceType, ofImage: Architecture): void {
  if (type.architecture === ofImage) return;
  throw new AwsError(
    'InvalidParameterValue',
    `The architecture '${type.architecture}' of the specified instance type does not match the architecture '${ofImage}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI.`,
  );
}
