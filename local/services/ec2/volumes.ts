import { AwsError } from '../../engine/contracts/errors.ts';
import type { VolumeKeys } from '../../engine/contracts/services.ts';
import { newId } from './ids.ts';
import type { Image } from './images.ts';
import type { VolumeRecord } from './instances.ts';
import { tagsFor, type BlockDeviceMapping, type LaunchTemplateData } from './launch-template.ts';
import { keyOfSnapshot } from './volume-keys.ts';

/** Of a volume that says nothing and has no snapshot, GiB. */
const DEFAULT_SIZE = 8;

/**
 * The volumes of a new instance. The image's root is first, whatever the order of the mappings: the guest numbers its
 * disks by that.
 *
 * @throws AwsError with EC2's own codes
 */
export function newVolumes(keys: VolumeKeys, data: LaunchTemplateData, image: Image): VolumeRecord[] {
  const mappings = data.BlockDeviceMappings ?? [];
  const root = mappings.find(isRoot);
  const rest = mappings.filter((mapping) => !isRoot(mapping) && mapping.Ebs !== undefined);
  const common = { tags: tagsFor('volume', data.TagSpecifications) };
  return [
    {
      ...common,
      ...volume(keys, image, { ...root, DeviceName: root?.DeviceName ?? '/dev/sda1' }, image.size),
      file: 'root.qcow2',
      format: 'qcow2',
    },
    ...rest.map((mapping) => ({
      ...common,
      ...volume(keys, image, mapping, snapshotSize(image, mapping)),
      file: `${(mapping.DeviceName ?? 'sdf').replace(/^.*\//, '')}.raw`,
      format: 'raw' as const,
    })),
  ];
}

function isRoot({ DeviceName }: BlockDeviceMapping): boolean {
  return DeviceName === '/dev/sda1' || DeviceName === '/dev/xvda';
}

const snapshotSize = (image: Image, { DeviceName }: BlockDeviceMapping): number | undefined =>
  image.blockDevices.find(({ device }) => device === DeviceName)?.size;

function volume(
  keys: VolumeKeys,
  image: Image,
  { DeviceName: device = '/dev/sdf', Ebs = {} }: BlockDeviceMapping,
  leastSize: number | undefined,
): Omit<VolumeRecord, 'file' | 'format' | 'tags'> {
  if (Ebs.SnapshotId !== undefined) {
    throw new AwsError('UnsupportedOperation', 'The local cloud has no snapshots but those of images.');
  }
  const size = Number(Ebs.VolumeSize ?? leastSize ?? DEFAULT_SIZE);
  if (leastSize !== undefined && !(size >= leastSize)) {
    throw new AwsError(
      'InvalidBlockDeviceMapping',
      `Volume of size ${String(size)}GB is smaller than snapshot, expect size >= ${String(leastSize)}GB`,
    );
  }
  const kmsKeyId = encryptionKey(keys, keyOfSnapshot(keys, image, device), Ebs);
  return {
    id: newId('vol'),
    device,
    size,
    encrypted: kmsKeyId !== undefined,
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    type: Ebs.VolumeType ?? 'gp3',
    deleteOnTermination: String(Ebs.DeleteOnTermination ?? true) === 'true',
  };
}

/**
 * The key that is named, else that of the snapshot, else EBS's own; undefined for a volume that is not encrypted
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIEncryption.html). A key that does not exist is found out
 * about later, as on AWS.
 */
function encryptionKey(
  keys: VolumeKeys,
  ofSnapshot: string | undefined,
  { Encrypted, KmsKeyId }: NonNullable<BlockDeviceMapping['Ebs']>,
): string | undefined {
  if (String(Encrypted ?? false) !== 'true') {
    if (KmsKeyId === undefined) return ofSnapshot;
    throw new AwsError(
      'InvalidParameterDependency',
      'The parameter KmsKeyId requires the parameter Encrypted to be set.',
    );
  }
  if (KmsKeyId === undefined) return ofSnapshot ?? keys.defaultKeyArn;
  return keys.arnOf(KmsKeyId) ?? KmsKeyId;
}
