import type { ImageDevice } from './contracts/services.ts';

/** Files of an image's directory, `images/AMI-ID/` of the state directory: the bake writes them, EC2 launches from them. */
export const IMAGE_FILES = {
  record: 'image.json',
  disk: 'disk.raw',
  kernel: 'vmlinuz',
  initrd: 'initrd.img',
} as const;

/** `image.json`: what EC2 tells of an AMI, and for an image that was baked here what the bench wants to know of that. */
export interface ImageRecord {
  /** `ami-` and 17 hex digits. */
  readonly id: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Kernel command line. */
  readonly cmdline: string;
  /** Tags of the AMI; Image Builder's include `Ec2ImageBuilderArn`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly description?: string;
  /** Default `x86_64`: the machine that bakes has no other. */
  readonly architecture?: 'x86_64' | 'arm64';
  /** Snapshots of the image by device. Default: a root under EBS's own key. */
  readonly blockDevices?: readonly ImageDevice[];
  /** Hash of everything that the image was made from, hex. */
  readonly bakeHash?: string;
  readonly measured?: BakeFigures;
}

/** Measurements taken while an image was baked. */
export interface BakeFigures {
  /** Compressed size of the initramfs, with the client and as the parent image had it. */
  readonly initrd: { readonly bytes: number; readonly bareBytes: number };
  /** Milliseconds of each stage of the bake, in order. */
  readonly stages: Readonly<Record<string, number>>;
}
