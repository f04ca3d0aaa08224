import { AwsError } from '../../../engine/contracts/errors.ts';
import type { Image } from '../images.ts';
import type { VolumeRecord } from '../instances.ts';
import { launchTemplates } from '../launch-template.ts';
import { authorize, tagSet, type Action } from './action.ts';
import { filtered, page } from './filters.ts';

export const describeImages: Action = (ec2, request) => {
  authorize(ec2, request, 'ec2:DescribeImages', '*');
  const { parameters } = request;
  const { account } = ec2.context;
  const ids = parameters.list('ImageId');
  const owners = parameters.list('Owner');
  // Every image of the local cloud belongs to its account.
  const ours = owners.length === 0 || owners.includes('self') || owners.includes(account);
  const named = ids.length > 0 ? ids.map((id) => ec2.images.get(id)) : ec2.images.all();
  const found = filtered(ours ? named : [], parameters, {
    'image-id': ({ id }: Image) => [id],
    name: ({ name }) => [name],
    state: () => ['available'],
    architecture: ({ architecture }) => [architecture],
    'owner-id': () => [account],
    'image-type': () => ['machine'],
    'root-device-type': () => ['ebs'],
    'virtualization-type': () => ['hvm'],
    'is-public': () => ['false'],
  });
  const { items, nextToken } = page(found, parameters);
  const imagesSet = items.map((image) => ({
    imageId: image.id,
    imageLocation: `${account}/${image.name}`,
    imageState: 'available',
    imageOwnerId: account,
    creationDate: image.created,
    isPublic: false,
    architecture: image.architecture,
    imageType: 'machine',
    name: image.name,
    description: image.description,
    platformDetails: 'Linux/UNIX',
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/sda1',
    blockDeviceMapping: image.blockDevices.map(({ device, encrypted, size = image.size }) => ({
      deviceName: device,
      ebs: { volumeSize: size, deleteOnTermination: true, encrypted },
    })),
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    tagSet: tagSet(image.tags),
  }));
  return { imagesSet, nextToken };
};

export const describeLaunchTemplates: Action = (ec2, request) => {
  authorize(ec2, request, 'ec2:DescribeLaunchTemplates', '*');
  const { parameters } = request;
  const names = parameters.list('LaunchTemplateName');
  const ids = parameters.list('LaunchTemplateId');
  const all = launchTemplates(ec2.context.resources);
  const missing = names.find((name) => !all.some((template) => template.name === name));
  if (missing !== undefined) {
    throw new AwsError(
      'InvalidLaunchTemplateName.NotFoundException',
      `At least one of the launch templates specified in the request does not exist: ${missing}`,
    );
  }
  const missingId = ids.find((id) => !all.some((template) => template.id === id));
  if (missingId !== undefined) {
    throw new AwsError(
      'InvalidLaunchTemplateId.NotFound',
      `At least one of the launch templates specified in the request does not exist: ${missingId}`,
    );
  }
  const named = all
    .filter(
      ({ name, id }) =>
        (names.length === 0 || names.includes(name)) && (ids.length === 0 || ids.includes(id)),
    )
    .map((template) => ({ ...template, tags: {} }));
  const found = filtered(named, parameters, { 'launch-template-name': ({ name }) => [name] });
  const { items, nextToken } = page(found, parameters);
  const templates = items.map(({ id, name }) => ({
    launchTemplateId: id,
    launchTemplateName: name,
    defaultVersionNumber: 1,
    latestVersionNumber: 1,
  }));
  return { launchTemplates: templates, nextToken };
};

export const describeVolumes: Action = (ec2, request) => {
  authorize(ec2, request, 'ec2:DescribeVolumes', '*');
  const { parameters } = request;
  const all = ec2.instances
    .all()
    .filter(({ state }) => state !== 'terminated')
    .flatMap((instance) => instance.volumes.map((volume) => ({ ...volume, instance })));
  const ids = parameters.list('VolumeId');
  const missing = ids.find((id) => !all.some((volume) => volume.id === id));
  if (missing !== undefined) {
    throw new AwsError('InvalidVolume.NotFound', `The volume '${missing}' does not exist.`);
  }
  const named = ids.length === 0 ? all : all.filter(({ id }) => ids.includes(id));
  const found = filtered(named, parameters, {
    'volume-id': ({ id }: VolumeRecord) => [id],
    'attachment.instance-id': ({ instance }: (typeof all)[number]) => [instance.id],
    'attachment.device': ({ device }: VolumeRecord) => [device],
    status: () => ['in-use'],
    encrypted: ({ encrypted }: VolumeRecord) => [String(encrypted)],
  });
  const { items, nextToken } = page(found, parameters);
  const volumeSet = items.map((volume) => ({
    volumeId: volume.id,
    size: volume.size,
    availabilityZone: volume.instance.availabilityZone,
    status: 'in-use',
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    volumeType: volume.type,
    attachmentSet: [
      {
        volumeId: volume.id,
        instanceId: volume.instance.id,
        device: volume.device,
        status: 'attached',
        deleteOnTermination: volume.deleteOnTermination,
      },
    ],
    tagSet: tagSet(volume.tags),
  }));
  return { volumeSet, nextToken };
};
