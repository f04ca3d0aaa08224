import { AwsError } from '../../../engine/contracts/errors.ts';
import { findLaunchTemplate, type LaunchTemplateData } from '../launch-template.ts';
import { prepareLaunch, resolveImage } from '../launch.ts';
import { refusalToLaunch } from '../volume-keys.ts';
import type { Action } from './action.ts';
import { reservation } from './describe-instances.ts';
import { requireLaunchRights } from './launch-rights.ts';
import type { QueryParameters } from '../../../engine/query-parameters.ts';

/** Most instances of one request: this is one machine, not a region. */
const MOST_AT_ONCE = 16;

export const runInstances: Action = (ec2, request) => {
  const { parameters } = request;
  refuseUnknown(parameters);
  const template = parameters.structure('LaunchTemplate');
  const fromTemplate = parameters.has('LaunchTemplate')
    ? findLaunchTemplate(ec2.context.resources, {
        id: template.get('LaunchTemplateId'),
        name: template.get('LaunchTemplateName'),
        version: template.get('Version'),
      })
    : undefined;
  const least = parameters.integer('MinCount', 1, MOST_AT_ONCE) ?? 1;
  const count = parameters.integer('MaxCount', least, MOST_AT_ONCE) ?? least;
  const data = merge(fromTemplate?.data ?? {}, overrides(parameters));
  const subnetId =
    parameters.get('SubnetId') ?? parameters.structures('NetworkInterface')[0]?.get('SubnetId');
  const imageId = resolveImage(ec2.context, data.ImageId);
  requireLaunchRights(ec2, request, { data, template: fromTemplate, imageId, subnetId });

  const { records, repeated } = prepareLaunch(ec2.context, ec2.images, ec2.instances, {
    data,
    subnetId,
    count,
    clientToken: parameters.get('ClientToken'),
    parameters: parameters.canonical(),
  });
  for (const record of repeated ? [] : records) {
    const vm = ec2.vm(record.id);
    const { volumeKeys } = ec2.context;
    const reason = refusalToLaunch(volumeKeys, request.principal, record, ec2.images.get(imageId));
    ec2.background(reason === undefined ? vm.boot() : vm.refuse('terminated', reason));
  }
  return reservation(ec2, records);
};

/** Names below which nothing is passed over. */
const KNOWN: readonly (readonly [
  below: (parameters: QueryParameters) => readonly QueryParameters[],
  names: RegExp,
])[] = [
  [
    (parameters) => [parameters],
    /^(Action|Version|BlockDeviceMapping|ClientToken|DryRun|IamInstanceProfile|ImageId|InstanceInitiatedShutdownBehavior|InstanceType|LaunchTemplate|MaxCount|MetadataOptions|MinCount|NetworkInterface|SecurityGroupId|SubnetId|TagSpecification|UserData)$/,
  ],
  [(parameters) => parameters.structures('NetworkInterface'), /^(DeviceIndex|SubnetId)$/],
  [
    (parameters) => [parameters.structure('MetadataOptions')],
    /^(HttpTokens|HttpPutResponseHopLimit|InstanceMetadataTags)$/,
  ],
  [
    (parameters) => parameters.structures('BlockDeviceMapping').map((mapping) => mapping.structure('Ebs')),
    /^(DeleteOnTermination|Encrypted|KmsKeyId|SnapshotId|VolumeSize|VolumeType)$/,
  ],
];

/** A parameter that nobody looks at could be one that a policy asks for, or that takes a right. */
function refuseUnknown(parameters: QueryParameters): void {
  for (const [below, names] of KNOWN) {
    const unknown = below(parameters)
      .flatMap((each) => [...each.heads()])
      .find((name) => !names.test(name));
    if (unknown !== undefined) {
      throw new AwsError('UnsupportedOperation', `The local EC2 does not know ${unknown} of RunInstances.`);
    }
  }
  for (const specification of parameters.structures('TagSpecification')) {
    const type = specification.require('ResourceType');
    if (type !== 'instance' && type !== 'volume') {
      throw new AwsError('UnsupportedOperation', `The local EC2 tags no ${type} when it launches.`);
    }
  }
}

/** The request's own parameters in the spelling of a launch template. */
function overrides(parameters: QueryParameters): LaunchTemplateData {
  const profile = parameters.structure('IamInstanceProfile');
  const metadata = parameters.structure('MetadataOptions');
  const shutdown = parameters.get('InstanceInitiatedShutdownBehavior');
  const all = {
    ImageId: parameters.get('ImageId'),
    InstanceType: parameters.get('InstanceType'),
    UserData: parameters.get('UserData'),
    InstanceInitiatedShutdownBehavior: shutdown,
    IamInstanceProfile: parameters.has('IamInstanceProfile')
      ? defined({ Arn: profile.get('Arn'), Name: profile.get('Name') })
      : undefined,
    MetadataOptions: parameters.has('MetadataOptions')
      ? defined({
          HttpTokens: metadata.get('HttpTokens'),
          HttpPutResponseHopLimit: metadata.get('HttpPutResponseHopLimit'),
          InstanceMetadataTags: metadata.get('InstanceMetadataTags'),
        })
      : undefined,
    SecurityGroupIds: parameters.has('SecurityGroupId') ? parameters.list('SecurityGroupId') : undefined,
    BlockDeviceMappings: parameters.has('BlockDeviceMapping') ? mappings(parameters) : undefined,
    TagSpecifications: parameters.structures('TagSpecification').map((specification) => ({
      ResourceType: specification.require('ResourceType'),
      Tags: specification
        .structures('Tag')
        .map((tag) => ({ Key: tag.require('Key'), Value: tag.get('Value') ?? '' })),
    })),
  };
  return defined(all);
}

function mappings(parameters: QueryParameters): NonNullable<LaunchTemplateData['BlockDeviceMappings']> {
  return parameters.structures('BlockDeviceMapping').map((mapping) => ({
    DeviceName: mapping.require('DeviceName'),
    ...(mapping.has('NoDevice') && { NoDevice: '' }),
    ...(mapping.has('Ebs') && {
      Ebs: defined({
        VolumeSize: mapping.get('Ebs.VolumeSize'),
        VolumeType: mapping.get('Ebs.VolumeType'),
        Encrypted: mapping.get('Ebs.Encrypted'),
        KmsKeyId: mapping.get('Ebs.KmsKeyId'),
        SnapshotId: mapping.get('Ebs.SnapshotId'),
        DeleteOnTermination: mapping.get('Ebs.DeleteOnTermination'),
      }),
    }),
  }));
}

/** A request's member takes the place of the template's; mappings by device, tags and metadata options by their names. */
function merge(template: LaunchTemplateData, request: LaunchTemplateData): LaunchTemplateData {
  const devices = (request.BlockDeviceMappings ?? []).map(({ DeviceName }) => DeviceName);
  const kept = (template.BlockDeviceMappings ?? []).filter(({ DeviceName }) => !devices.includes(DeviceName));
  const merged = {
    ...template,
    ...request,
    MetadataOptions: { ...template.MetadataOptions, ...request.MetadataOptions },
    BlockDeviceMappings: [...kept, ...(request.BlockDeviceMappings ?? [])].filter(
      ({ NoDevice }) => NoDevice === undefined,
    ),
    TagSpecifications: [...(template.TagSpecifications ?? []), ...(request.TagSpecifications ?? [])],
  };
  if (merged.ImageId === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
  }
  return merged;
}

function defined<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}
