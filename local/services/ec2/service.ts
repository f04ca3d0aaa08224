import { existsSync } from 'node:fs';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import type { Principal } from '../../engine/contracts/identity.ts';
import type { ServiceHandler } from '../../engine/contracts/services.ts';
import { errorResponse } from '../../engine/responses.ts';
import { probeAccelerator, type Accelerator } from '../../vm/qemu/accelerator.ts';
import type { RunOptions, RunResult } from '../../vm/qemu/agent.ts';
import { qemuLauncher, runningPid, type VmLauncher } from '../../vm/qemu/process.ts';
import type { Ec2State } from './api/action.ts';
import { ACTIONS } from './api/actions.ts';
import { ec2Parameters } from './api/query.ts';
import { actionResponse } from './api/xml.ts';
import type { Ec2Context } from './context.ts';
import { Images } from './images.ts';
import type { Intercept } from './instance-vm.ts';
import { Instances, type InstanceRecord } from './instances.ts';
import { KeyPairs } from './key-pairs.ts';
import { Machines } from './machines.ts';

export type { Ec2Context } from './context.ts';
export type { Intercept } from './instance-vm.ts';
export { Instances, type InstanceRecord } from './instances.ts';
export { REASON } from './state-reasons.ts';

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

/** Settings of the virtual machines. */
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

/** Amazon EC2 on this machine: the Query API, and the instances as virtual machines. */
export class Ec2Service implements ServiceHandler {
  readonly #context: Ec2Context;
  readonly #images: Images;
  readonly #instances: Instances;
  readonly #keyPairs: KeyPairs;
  readonly #machines: Machines;
  readonly #background = new Set<Promise<unknown>>();
  /** Settles when the VMs that an earlier process left are taken up again; `handle` waits for it. */
  readonly ready: Promise<void>;

  constructor(context: Ec2Context, options: Ec2Options = {}) {
    this.#context = context;
    this.#images = new Images(context.state);
    this.#instances = new Instances(context.state);
    this.#keyPairs = new KeyPairs(context.state);
    this.#machines = new Machines(context, this.#images, this.#instances, {
      launcher: options.launcher ?? qemuLauncher(accelerator(context, options)),
      memoryMiB: options.memoryMiB ?? 1024,
      cpus: options.cpus ?? 2,
    });
    this.ready = this.#machines.adopt();
    this.ready.catch((error: unknown) => context.log(`ec2: ${String(error)}`));
  }

  /** Answers one request of the EC2 Query protocol, errors included. */
  async handle(request: HttpRequest, principal: Principal): Promise<HttpResponse> {
    try {
      await this.ready;
      this.#instances.prune(Date.now());
      const query = request.path.split('?')[1] ?? '';
      const parameters = ec2Parameters(request.body.length > 0 ? request.body.toString() : query);
      const name = parameters.get('Action') ?? '';
      const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
      if (action === undefined) {
        throw new AwsError('InvalidAction', `The action ${name} is not valid for this web service.`);
      }
      return actionResponse(name, await action(this.#state(), { parameters, principal }));
    } catch (error) {
      if (!(error instanceof AwsError))
        this.#context.log(`ec2: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      return errorResponse('ec2', error);
    }
  }

  instances(): readonly InstanceRecord[] {
    return this.#instances.all();
  }

  /** @throws AwsError InvalidInstanceID.NotFound */
  vm(id: string): Vm {
    return this.#machines.vm(id);
  }

  /** Takes in a directory with `image.json`, `disk.raw`, `vmlinuz` and `initrd.img`. @returns the AMI id. */
  registerImage(directory: string): string {
    return this.#images.register(directory);
  }

  /** Shuts all VMs down; the instances are stopped then. */
  async stopAll(): Promise<void> {
    await this.ready.catch(() => undefined);
    await this.#machines.powerOff();
    while (this.#background.size > 0) await Promise.all(this.#background);
    await this.#machines.release();
  }

  /** Lets go of the VMs and leaves them running, for the next process to find. */
  async release(): Promise<void> {
    await this.ready.catch(() => undefined);
    await this.#machines.release();
  }

  #state(): Ec2State {
    return {
      context: this.#context,
      images: this.#images,
      instances: this.#instances,
      keyPairs: this.#keyPairs,
      vm: (id) => this.#machines.vm(id),
      background: (work) => {
        const quiet = work
          .catch((error: unknown) => this.#context.log(`ec2: ${String(error)}`))
          .finally(() => this.#background.delete(quiet));
        this.#background.add(quiet);
      },
    };
  }
}

/** Ids of the instances whose VM runs, whether or not a local cloud does. */
export function runningInstances(state: string): readonly string[] {
  if (!existsSync(state)) return [];
  const instances = new Instances(state);
  const ids = instances.all().map(({ id }) => id);
  return ids.filter((id) => runningPid({ id, directory: instances.directory(id) }) !== undefined);
}

/** The accelerator that is asked for, else the best that works here, found out when the first VM starts. */
function accelerator(context: Ec2Context, options: Ec2Options): (kernel: string) => Promise<Accelerator> {
  let found = options.accelerator && Promise.resolve(options.accelerator);
  return (kernel) =>
    (found ??= probeAccelerator(kernel).then((result) => {
      context.log(`ec2: virtual machines run with ${result.name.toUpperCase()}`);
      return result;
    }));
}
