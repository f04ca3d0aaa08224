import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { IMAGE_FILES, type BakeFigures, type ImageRecord } from '../engine/image-record.ts';
import type { BakePlan } from './plan.ts';

/**
 * Kernel command line, the same that GRUB gives on EC2: the root by its label, and the serial console.
 * panic=-1: an initramfs that gives up reboots, and offers no shell.
 */
const CMDLINE = 'root=LABEL=cloudimg-rootfs ro console=ttyS0 panic=-1 quiet loglevel=4';

export function writeImageRecord(directory: string, plan: BakePlan, measured: BakeFigures): void {
  const { imageId, recipe, hash } = plan;
  const record: ImageRecord = {
    id: imageId,
    name: `${recipe.name}-${hash.slice(0, 12)}`,
    created: new Date().toISOString(),
    cmdline: CMDLINE,
    // Image Builder puts this tag on every AMI that it makes; only it and administrators can.
    tags: { ...plan.tags, Name: recipe.name, Ec2ImageBuilderArn: `${plan.arnPrefix}/${recipe.version}/1` },
    blockDevices: plan.blockDevices,
    bakeHash: hash,
    measured,
  };
  writeFileSync(path.join(directory, IMAGE_FILES.record), `${JSON.stringify(record, null, 2)}\n`);
}

/** Path of the newest kernel's `vmlinuz` or `initrd.img` in a tree. */
export function imageFile(tree: string, kind: string): string {
  const boot = path.join(tree, 'boot');
  const collator = new Intl.Collator('en', { numeric: true });
  const newest = readdirSync(boot)
    .filter((name) => name.startsWith(`${kind}-`))
    .sort((a, b) => collator.compare(a, b))
    .at(-1);
  if (newest === undefined) throw new Error(`the image has no /boot/${kind}`);
  return path.join(boot, newest);
}
