import { AwsError } from '../../engine/contracts/errors.ts';
import type { Resource, Resources } from '../../engine/contracts/resources.ts';

/** `LaunchTemplateData` in the spelling of CloudFormation, as far as the local cloud reads it. */
export interface LaunchTemplateData {
  readonly ImageId?: string;
  readonly InstanceType?: string;
  readonly UserData?: string;
  readonly InstanceInitiatedShutdownBehavior?: string;
  readonly IamInstanceProfile?: { readonly Arn?: string; readonly Name?: string };
  readonly MetadataOptions?: {
    readonly HttpTokens?: string;
    readonly HttpPutResponseHopLimit?: number | string;
    readonly InstanceMetadataTags?: string;
  };
  readonly BlockDeviceMappings?: readonly BlockDeviceMapping[];
  readonly NetworkInterfaces?: readonly { readonly SubnetId?: string; readonly Groups?: readonly string[] }[];
  readonly SecurityGroupIds?: readonly string[];
  readonly TagSpecifications?: readonly TagSpecification[];
}

export interface BlockDeviceMapping {
  readonly DeviceName?: string;
  readonly NoDevice?: string;
  readonly Ebs?: {
    readonly VolumeSize?: number | string;
    readonly VolumeType?: string;
    readonly Encrypted?: boolean | string;
    readonly KmsKeyId?: string;
    readonly DeleteOnTermination?: boolean | string;
    readonly SnapshotId?: string;
  };
}

export interface TagSpecification {
  readonly ResourceType?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

export interface LaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly data: LaunchTemplateData;
}

const TYPE = 'AWS::EC2::LaunchTemplate';

export function launchTemplates(resources: Resources): readonly LaunchTemplate[] {
  return resources.ofType(TYPE).map(launchTemplate);
}

/** @throws AwsError with EC2's own code when there is no such template or version. */
export function findLaunchTemplate(
  resources: Resources,
  wanted: {
    readonly id?: string | undefined;
    readonly name?: string | undefined;
    readonly version?: string | undefined;
  },
): LaunchTemplate {
  const found = launchTemplates(resources).find(({ id, name }) =>
    wanted.id === undefined ? name === wanted.name : id === wanted.id,
  );
  if (found === undefined) {
    throw wanted.id === undefined
      ? new AwsError(
          'InvalidLaunchTemplateName.NotFoundException',
          `The specified launch template, with template name ${wanted.name ?? ''}, does not exist.`,
        )
      : new AwsError(
          'InvalidLaunchTemplateId.NotFound',
          `The specified launch template, with template ID ${wanted.id}, does not exist.`,
        );
  }
  // A template that CloudFormation made and nobody changed has one version.
  if (!['1', '$Default', '$Latest', undefined].includes(wanted.version)) {
    throw new AwsError(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find the specified version ${wanted.version ?? ''} for the launch template with ID ${found.id}.`,
    );
  }
  return found;
}

function launchTemplate({ physicalId, logicalId, properties }: Resource): LaunchTemplate {
  const name = properties['LaunchTemplateName'];
  return {
    id: physicalId,
    name: typeof name === 'string' ? name : logicalId,
    data: properties['LaunchTemplateData'] ?? {},
  };
}

/** The tags that specifications give to one type of resource. */
export function tagsFor(
  type: string,
  specifications: readonly TagSpecification[] = [],
): Record<string, string> {
  const tags = specifications
    .filter(({ ResourceType }) => ResourceType === type)
    .flatMap(({ Tags }) => Tags ?? []);
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}
