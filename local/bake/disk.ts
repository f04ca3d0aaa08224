import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { must } from './process.ts';

const MIB = 1024 * 1024;

/**
 * Partitions of Ubuntu's images for EC2: the root is partition 1 and last on the disk, /boot is partition 16, and 14 is
 * GRUB's. The kernel is loaded from outside here, so nothing is in 14, and there is no EFI partition.
 */
const PARTITIONS = {
  grub: { number: 14, start: 1, size: 4, type: '21686148-6449-6E6F-744E-656564454649' },
  boot: { number: 16, start: 5, size: 256, type: 'BC13C2FF-59E6-4262-A352-B275FD6F7172' },
  root: { number: 1, start: 261, size: 2048, type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4' },
} as const;

/** The backup of the partition table takes the end. */
const DISK_MIB = PARTITIONS.root.start + PARTITIONS.root.size + 1;

/**
 * Makes a sparse raw disk of a tree, without loop devices, which containers often lack. Takes `boot/` out of the
 * tree.
 *
 * @param work scratch directory on the same file system as the tree.
 */
export async function makeDisk(tree: string, disk: string, work: string): Promise<void> {
  const boot = path.join(work, 'boot');
  renameSync(path.join(tree, 'boot'), boot);
  mkdirSync(path.join(tree, 'boot'), { mode: 0o755 });

  writeFileSync(disk, '');
  truncateSync(disk, DISK_MIB * MIB);
  const table = Object.values(PARTITIONS).map(
    ({ number, start, size, type }) =>
      `${String(number)} : start=${String(start)}MiB, size=${String(size)}MiB, type=${type}`,
  );
  await must(['sfdisk', '--quiet', disk], { stdin: `label: gpt\n${table.join('\n')}\n` });
  await fileSystem(boot, 'BOOT', PARTITIONS.boot, disk, work);
  await fileSystem(tree, 'cloudimg-rootfs', PARTITIONS.root, disk, work);
}

async function fileSystem(
  from: string,
  label: string,
  { start, size }: { readonly start: number; readonly size: number },
  disk: string,
  work: string,
): Promise<void> {
  const file = path.join(work, `${label}.ext4`);
  // Tables that are not initialized now would be by the kernel at the first mount, in the background of the boot test.
  const options = 'lazy_itable_init=0,lazy_journal_init=0';
  await must(['mkfs.ext4', '-q', '-L', label, '-E', options, '-d', from, file, `${String(size)}M`]);
  await must([
    'dd',
    `if=${file}`,
    `of=${disk}`,
    'bs=1M',
    `seek=${String(start)}`,
    'conv=sparse,notrunc',
    'status=none',
  ]);
  rmSync(file);
}
