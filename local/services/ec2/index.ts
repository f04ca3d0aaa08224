import type {
  Ec2Context,
  Ec2Service,
  GatewayRequest,
  GatewayResponse,
  Principal,
} from '../../engine/contracts.ts';
import type { InstanceRecord } from './instances.ts';
import { probeAccelerator, type Accelerator } from '../../vm/qemu/accelerator.ts';
import type { RunOptions, RunResult } from '../../vm/qemu/agent.ts';
import { qemuLauncher, type VmLauncher } from '../../vm/qemu/process.ts';
import { LocalEc2Service } from './service.ts';
import type { Intercept } from '../../vm/vm.ts';

export type { Intercept } from '../../vm/vm.ts';

/** One instance's virtual machine. */
export interface Vm {
  readonly id: string;
  /** Holds its disks, sockets and logs. */
  readonly directory: string;
  readonly privateIp: string;
  readonly record: InstanceRecord;
  /** Overlay on the image's disk, qcow2. */
  readonly bootDisk: string;
  /** Raw, in the order of the block device mappings. */
  readonly dataDisks: string[];
  intercept?: Intercept;
  /** The console of all boots. */
  consoleLog(): Promise<string>;
  /** @param options `from`: where to begin in what {@link consoleLog} gives. @throws Error with the last lines. */
  waitForConsole(pattern: RegExp, options: { timeoutMs: number; from?: number }): Promise<RegExpMatchArray>;
  /** Runs `sh -c COMMAND` in the guest, as root or as a user. */
  run(command: string, options?: RunOptions): Promise<RunResult>;
  waitForAgent(timeoutMs: number): Promise<void>;
  /** kill -9 of QEMU; the instance is stopped then. */
  powerCut(): Promise<void>;
  /** Starts the same disks again; resolves when the machine runs, long before the guest is up. */
  boot(): Promise<void>;
  /** Resolves when the machine has been reset. */
  reboot(): Promise<void>;
  powerOff(options?: { force?: boolean }): Promise<void>;
}

export interface LocalEc2 extends Ec2Service {
  handle(request: GatewayRequest, principal: Principal): Promise<GatewayResponse>;
  instances(): readonly InstanceRecord[];
  vm(id: string): Vm;
  registerImage(directory: string): string;
  /** Shuts all VMs down. */
  stopAll(): Promise<void>;
  /** Lets go of the VMs and leaves them running, for the next process to find. */
  release(): Promise<void>;
  /** Settles when the VMs that an earlier process left are taken up again; `handle` waits for it. */
  readonly ready: Promise<void>;
}

export interface Ec2Options {
  /** Default QEMU. */
  readonly launcher?: VmLauncher;
  /** Default: KVM when a probe boots under it, else TCG. */
  readonly accelerator?: Accelerator;
  /** Default 1024. */
  readonly memoryMiB?: number;
  /** Default 2. */
  readonly cpus?: number;
}

/** EC2 for the local cloud. */
export function createEc2(context: Ec2Context, options: Ec2Options = {}): LocalEc2 {
  let found: Promise<Accelerator> | undefined =
    options.accelerator === undefined ? undefined : Promise.resolve(options.accelerator);
  const accelerator = (kernel: string): Promise<Accelerator> =>
    (found ??= probeAccelerator(kernel).then((result) => {
      context.log(`ec2: virtual machines run with ${result.name.toUpperCase()}`);
      return result;
    }));
  return new LocalEc2Service(context, {
    launcher: options.launcher ?? qemuLauncher(accelerator),
    memoryMiB: options.memoryMiB ?? 1024,
    cpus: options.cpus ?? 2,
  });
}
