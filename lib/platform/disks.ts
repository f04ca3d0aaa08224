/** Device names of an instance, as EC2 calls them; the guest sees NVMe. */
const ROOT = '/dev/sda1';
const DATA = '/dev/sdf';

const DISK = { encrypted: true, deleteOnTermination: true, volumeType: 'gp3' } as const;

/**
 * Block devices of images and launch templates: the boot disk of the image, and a blank one that becomes the
 * encrypted root. Terminating the instance deletes both: without its keyserver's record the data disk is noise.
 */
export const blockDevices = (dataDiskGiB: number) => [
  { deviceName: ROOT, ebs: DISK },
  { deviceName: DATA, ebs: { ...DISK, volumeSize: dataDiskGiB } },
];
