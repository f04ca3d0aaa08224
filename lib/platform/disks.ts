/** Device names of an instance, as EC2 calls them; the guest sees NVMe. */
const ROOT = '/dev/sda1';
const DATA = '/dev/sdf';

const DISK = { encrypted: true, deleteOnTermination: true, volumeType: 'gp3' } as const;

/**
 * Block devices of images and launch templates: the boot disk of the image, and a blank one that becomes the
 * encrypted root. Terminating the instance deletes both: without its keyserver's record the data disk is noise.
 *
 * @param kmsKeyId ARN of the key that EC2 encrypts them under. Without one EC2 takes the key of the image's snapshots
 *   for an instance, and the account's default key for EBS where there is no encrypted snapshot.
 */
export const blockDevices = (dataDiskGiB: number, kmsKeyId: string | undefined) => {
  const disk = kmsKeyId === undefined ? DISK : { ...DISK, kmsKeyId };
  return [
    { deviceName: ROOT, ebs: disk },
    { deviceName: DATA, ebs: { ...disk, volumeSize: dataDiskGiB } },
  ];
};
