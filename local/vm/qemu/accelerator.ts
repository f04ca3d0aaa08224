import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

export interface Accelerator {
  readonly name: 'kvm' | 'tcg';
  readonly arguments: readonly string[];
  /** Words to add to the kernel's command line. */
  readonly kernel: string;
}

export const KVM: Accelerator = { name: 'kvm', arguments: ['-accel', 'kvm', '-cpu', 'host'], kernel: '' };
/**
 * `-cpu max` has the AES and SHA instructions that dm-crypt wants; QEMU's thread per guest CPU is the default, said here.
 * Without ERMS the guest clears pages by words instead of bytes: a store to a page that held code is a slow path in TCG, and
 * when the pages of the initramfs were used again, guests stood still for minutes (soft lockups in clear_page_erms).
 * Without address-space randomization the code of a program that is started a hundred times is translated once.
 */
export const TCG: Accelerator = {
  name: 'tcg',
  arguments: ['-accel', 'tcg,thread=multi', '-cpu', 'max,-erms,-fsrm'],
  kernel: 'norandmaps',
};

/** A healthy KVM gets from power-on to its first panic in about a second. */
const PROBE_SECONDS = 6;

/**
 * Finds out how to run VMs here. `/dev/kvm` can exist, open, and even run a boot sector, and still take minutes to reach the
 * kernel (nested and paravirtual hosts), so the probe boots the very kernel that the VMs will run: without a root device it
 * panics, reboots at once, and QEMU exits.
 *
 * @param kernel path of a bzImage.
 */
export async function probeAccelerator(kernel: string): Promise<Accelerator> {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return TCG;
  }
  return (await bootsUnderKvm(kernel)) ? KVM : TCG;
}

function bootsUnderKvm(kernel: string): Promise<boolean> {
  const child = spawn(
    'qemu-system-x86_64',
    [
      ...['-no-user-config', '-nodefaults', '-display', 'none', '-no-reboot', '-m', '256', ...KVM.arguments],
      ...['-kernel', kernel, '-append', 'console=ttyS0 panic=-1', '-serial', 'stdio'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return new Promise((resolve) => {
    let console = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => (console += text));
    const timer = setTimeout(() => child.kill('SIGKILL'), PROBE_SECONDS * 1000);
    child.once('error', () => {
      clearTimeout(timer);
      resolve(false);
    });
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve(status === 0 && console.includes('Kernel panic'));
    });
  });
}
