import type { Section, TextRule } from '../platform/config-section.ts';
import { readDiskKey } from '../platform/disk-keys.ts';

export const ARCHITECTURES = ['amd64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The image, as it is written in cdk.json. */
export interface ImageSettings {
  /**
   * Of the image and of all that runs it.
   * @default 'amd64'
   */
  readonly architecture?: Architecture;
  /**
   * AMI id, `ssm:` and the name of a parameter, or the ARN of an Image Builder image.
   * @default - Ubuntu 24.04 LTS, by its publisher's parameter
   */
  readonly parentImage?: string;
  /**
   * Types of the machines that images are built and tested on: Image Builder takes the first that can be had.
   * @default - 'm7i.large', 'm7i-flex.large' or 'm7g.large', 't4g.small': the second is one of the AWS free plan
   */
  readonly instanceTypes?: readonly string[];
  /**
   * ARN of the KMS key that EC2 encrypts the image's snapshots under.
   * @default - the account's default key for EBS
   */
  readonly kmsKeyArn?: string;
  /**
   * Root mode of instances, unless they are told otherwise.
   * @default 'persistent'
   */
  readonly preset?: 'persistent' | 'volatile';
  /**
   * Times of image builds: a cron expression of EventBridge, in UTC.
   * @default - when somebody asks for it
   */
  readonly schedule?: string;
}

export interface ImageConfig {
  /** Default `amd64`. */
  readonly architecture: Architecture;
  /** AMI id, `ssm:` parameter or Image Builder image ARN. Default: Ubuntu 24.04 LTS as its publisher names it. */
  readonly parentImage: string;
  /** Of build and test instances, the preferred first. */
  readonly instanceTypes: readonly string[];
  /** ARN of the KMS key that EC2 encrypts the image's snapshots under. Default: the account's default key for EBS. */
  readonly kmsKeyArn?: string | undefined;
  /** Root mode of instances, unless they are told otherwise. Default `persistent`. */
  readonly preset: 'persistent' | 'volatile';
  /** Cron expression of EventBridge, in UTC. Default: built when somebody asks for it. */
  readonly schedule?: string | undefined;
}

const PARENT: TextRule = {
  pattern:
    /^(ami-[0-9a-f]{8,17}|ssm:\/[\w./-]+|arn:aws[a-z-]*:imagebuilder:[a-z0-9-]+:(\d{12}|aws):image\/[\w./-]+)$/,
  what: 'an AMI id, ssm:/parameter/name or the ARN of an Image Builder image',
};
const SCHEDULE: TextRule = {
  pattern: /^cron\([^ ()]+( [^ ()]+){5}\)$/,
  what: 'a cron expression such as cron(0 4 ? * mon *)',
};
export const INSTANCE_TYPE: TextRule = {
  pattern: /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|x?large|\d+xlarge|metal(-\d+xl)?)$/,
  what: 'an instance type such as m7i.large',
};

/** @param region of the stage, when it is known: EC2 uses keys of its own region only */
export function readImage(section: Section, region: string | undefined): ImageConfig {
  const architecture = section.choice('architecture', ARCHITECTURES, 'amd64');
  const config: ImageConfig = {
    architecture,
    parentImage: section.text(
      'parentImage',
      PARENT,
      `ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/${architecture}/hvm/ebs-gp3/ami-id`,
    ),
    instanceTypes: readInstanceTypes(section, architecture),
    kmsKeyArn: readDiskKey(section, region),
    preset: section.choice('preset', ['persistent', 'volatile'], 'persistent'),
    schedule: section.optionalText('schedule', SCHEDULE),
  };
  section.end();
  return config;
}

/** With one each that accounts on the free plan may use. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-free-tier-usage.html */
const BUILD_TYPES: Readonly<Record<Architecture, readonly string[]>> = {
  amd64: ['m7i.large', 'm7i-flex.large'],
  arm64: ['m7g.large', 't4g.small'],
};

function readInstanceTypes(section: Section, architecture: Architecture): readonly string[] {
  const types = section.texts('instanceTypes', INSTANCE_TYPE);
  types.forEach((type, index) => checkArchitecture(section, `instanceTypes[${index}]`, type, architecture));
  return types.length === 0 ? BUILD_TYPES[architecture] : types;
}

/** Member `instanceType`, which has to be of the image's architecture. */
export function readInstanceType(
  section: Section,
  architecture: Architecture,
  fallback: Readonly<Record<Architecture, string>>,
): string {
  const type = section.text('instanceType', INSTANCE_TYPE, fallback[architecture]);
  checkArchitecture(section, 'instanceType', type, architecture);
  return type;
}

function checkArchitecture(section: Section, member: string, type: string, architecture: Architecture): void {
  // AWS marks Graviton with a g behind the generation (m7g, c8gn); the first generation is called a1.
  const native: Architecture = /^([a-z]+\d+g|a1\.)/.test(type) ? 'arm64' : 'amd64';
  if (native === architecture) return;
  section.report(member, `${type} is ${native}, but image.architecture is ${architecture}`);
}
