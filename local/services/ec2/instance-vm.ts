import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpRequest, HttpResponse } from '../../engine/contracts/http.ts';
import { ConsoleLog } from '../../vm/console-log.ts';
import { createDisks } from '../../vm/disks.ts';
import { GuestAgent, type RunOptions, type RunResult } from '../../vm/qemu/agent.ts';
import { FILES, type VmSpec } from '../../vm/qemu/argv.ts';
import type { RunningVm, VmLauncher } from '../../vm/qemu/process.ts';
import type { UnixServer } from '../../vm/qemu/unix-server.ts';
import type { Image } from './images.ts';
import type { InstanceRecord, Instances, InstanceState, StateReason } from './instances.ts';
import { REASON, transitionOf } from './state-reasons.ts';

/** Sees a request from this VM to the VPC endpoint; may answer itself, change the answer, or break the connection. */
export type Intercept = (
  request: HttpRequest,
  forward: () => Promise<HttpResponse>,
) => Promise<HttpResponse | 'drop' | 'hang'>;

/** The rest of the local EC2, as far as a VM needs it. */
export interface VmEnvironment {
  readonly instances: Instances;
  readonly launcher: VmLauncher;
  readonly memoryMiB: number;
  readonly cpus: number;
  image(id: string): Image;
  /** Starts the listeners that play AWS towards this VM. */
  listen(vm: LocalVm): Promise<readonly UnixServer[]>;
  log(line: string): void;
}

/** Time for a guest to shut down before it is killed; long enough for a slow machine without KVM. */
const SHUTDOWN_MS = 120_000;
/** Time for a guest whose agent does not answer: most likely it is still in its initramfs, which ignores the power button. */
const MUTE_SHUTDOWN_MS = 5_000;

/** One instance as a QEMU virtual machine. Every change of state is written to its record. */
export class LocalVm {
  readonly id: string;
  readonly directory: string;
  intercept?: Intercept;
  readonly #environment: VmEnvironment;
  readonly #console: ConsoleLog;
  readonly #agent: GuestAgent;
  #running: RunningVm | undefined;
  #starting = false;
  #listeners: readonly UnixServer[] = [];
  #ended: Promise<void> = Promise.resolve();

  constructor(id: string, environment: VmEnvironment) {
    this.id = id;
    this.#environment = environment;
    this.directory = environment.instances.directory(id);
    this.#console = new ConsoleLog(this.directory);
    this.#agent = new GuestAgent(this.directory, FILES.agent);
  }

  get record(): InstanceRecord {
    return this.#environment.instances.get(this.id);
  }
  get privateIp(): string {
    return this.record.privateIp;
  }
  /** Overlay on the image's disk, qcow2. */
  get bootDisk(): string {
    return join(this.directory, this.record.volumes[0]?.file ?? '');
  }
  /** Raw, in the order of the block device mappings. */
  get dataDisks(): string[] {
    return this.record.volumes.slice(1).map(({ file }) => join(this.directory, file));
  }

  /** The console of all boots. */
  consoleLog(): Promise<string> {
    return Promise.resolve(this.#console.read());
  }
  /** The console since the machine was last reset. */
  currentBootLog(): string {
    return this.#console.read(this.record.consoleOffset);
  }
  waitForConsole(pattern: RegExp, options: { timeoutMs: number; from?: number }): Promise<RegExpMatchArray> {
    return this.#console.waitFor(pattern, options.timeoutMs, options.from);
  }
  /** Runs a shell command in the guest through its agent. */
  run(command: string, options?: RunOptions): Promise<RunResult> {
    return this.#agent.run(command, options);
  }

  async waitForAgent(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await this.#agent.ping())) {
      const begins = this.#starting || this.record.state === 'pending';
      if (this.#running === undefined && !begins) throw new Error(`${this.id} is not running`);
      if (Date.now() > deadline) throw new Error(`the guest agent of ${this.id} does not answer`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Starts it from the disks that it has, or from new ones. Resolves when the machine runs, long before the guest is up. */
  async boot(): Promise<void> {
    if (this.#running !== undefined || this.#starting) throw new Error(`${this.id} is running already`);
    this.#starting = true;
    const consoleOffset = this.#console.size();
    this.#environment.instances.update(this.id, { launchTime: new Date().toISOString(), consoleOffset });
    this.#become('pending');
    try {
      const image = this.#environment.image(this.record.imageId);
      await createDisks(this.directory, this.record.volumes, image.disk);
      this.#listeners = await this.#environment.listen(this);
      const running = await this.#environment.launcher.launch(this.#spec(image));
      this.#attach(running);
      // A stop may have been asked for while the machine was being started.
      if (this.record.state === 'pending') this.#become('running');
      else await this.powerCut();
    } catch (error) {
      this.#environment.log(`${this.id}: ${String(error)}`);
      await this.#stopListening();
      this.#settle(REASON.failure);
      throw error;
    } finally {
      this.#starting = false;
    }
  }

  /** Does not start it after all: EC2 found out, after it had answered, that it cannot. */
  async refuse(outcome: 'stopped' | 'terminated', reason: StateReason): Promise<void> {
    this.#environment.instances.update(this.id, { launchTime: new Date().toISOString() });
    this.#become('pending');
    await new Promise((resolve) => setImmediate(resolve));
    if (outcome === 'terminated') this.#become('shutting-down', reason);
    this.#become(outcome, reason);
    if (outcome === 'terminated') this.#deleteVolumes();
  }

  /** Takes up again what an earlier process left: a machine that still runs, or one that ended meanwhile. */
  async adopt(): Promise<void> {
    if (this.record.state === 'stopped' || this.record.state === 'terminated') return;
    const running = await this.#environment.launcher.adopt({ id: this.id, directory: this.directory });
    if (running === undefined) {
      this.#settle(REASON.guest);
      return;
    }
    try {
      this.#listeners = await this.#environment.listen(this);
    } catch (error) {
      running.release();
      throw error;
    }
    this.#attach(running);
    if (this.record.state === 'shutting-down' || this.record.state === 'stopping') await this.powerCut();
    else this.#become('running');
  }

  /** kill -9: what the guest had not written is gone. The instance is stopped then. */
  async powerCut(): Promise<void> {
    await this.#running?.kill();
    await this.#ended;
  }

  /** Asks the guest to shut down, and pulls the plug when it does not. */
  async powerOff(options: { force?: boolean } = {}): Promise<void> {
    const running = this.#running;
    if (running === undefined && !this.#starting) return;
    this.#become('stopping', REASON.user);
    if (running === undefined) return; // boot() sees it
    if (!(options.force ?? false)) await this.#askToShutDown(running);
    await running.kill();
    await this.#ended;
  }

  async terminate(): Promise<void> {
    const running = this.#running;
    this.#become('shutting-down', REASON.user);
    if (running === undefined && this.#starting) return; // boot() sees it
    if (running === undefined) this.#settle(REASON.user);
    else await running.kill();
    await this.#ended;
  }

  /** Asks the guest to reboot, and presses the reset button when it does not. Resolves when the machine has been reset. */
  async reboot(): Promise<void> {
    const running = this.#running;
    if (running === undefined) throw new Error(`${this.id} is not running`);
    const before = this.record.consoleOffset;
    const reset = this.#nextReset(running);
    const asked = await this.#agent.shutdown('reboot').then(
      () => true,
      () => false,
    );
    if (asked) await Promise.race([reset, delay(SHUTDOWN_MS)]);
    if (this.#running === running && this.record.consoleOffset === before) {
      await running.reset();
      await Promise.race([reset, delay(MUTE_SHUTDOWN_MS)]);
    }
  }

  /** Lets go of it and leaves it running, for the next process to {@link adopt}. */
  async release(): Promise<void> {
    this.#running?.release();
    this.#running = undefined;
    await this.#stopListening();
  }

  #spec(image: Image): VmSpec {
    const { instanceType, privateIp, mac, volumes } = this.record;
    return {
      id: this.id,
      instanceType,
      directory: this.directory,
      kernel: image.kernel,
      initrd: image.initrd,
      commandLine: image.cmdline,
      disks: volumes.map(({ id, file, format }) => ({ path: file, format, volumeId: id })),
      privateIp,
      mac,
      memoryMiB: this.#environment.memoryMiB,
      cpus: this.#environment.cpus,
    };
  }

  #attach(running: RunningVm): void {
    this.#running = running;
    running.onReset = () => {
      this.#environment.instances.update(this.id, { consoleOffset: this.#console.size() });
      this.#wakeOnReset();
    };
    this.#ended = running.ended
      .then(async () => {
        if (this.#running !== running) return;
        this.#running = undefined;
        await this.#stopListening();
        this.#settle(REASON.guest);
      })
      .catch((error: unknown) => this.#environment.log(`${this.id}: ${String(error)}`));
  }

  #wakeOnReset: () => void = () => undefined;

  #nextReset(running: RunningVm): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeOnReset = resolve;
      void running.ended.then(resolve);
    });
  }

  async #askToShutDown(running: RunningVm): Promise<void> {
    const asked = await this.#agent.shutdown('poweroff').then(
      () => true,
      () => false,
    );
    if (!asked) await running.pressPowerButton().catch(() => undefined);
    await Promise.race([running.ended, delay(asked ? SHUTDOWN_MS : MUTE_SHUTDOWN_MS)]);
  }

  /** The machine is off: which state that is follows from what was asked for. */
  #settle(reason: InstanceRecord['stateReason']): void {
    const { state, shutdownBehavior, stateReason } = this.record;
    const asked = state === 'stopping' || state === 'shutting-down';
    const terminate = state === 'shutting-down' || (!asked && shutdownBehavior === 'terminate');
    this.#become(terminate ? 'terminated' : 'stopped', asked ? stateReason : reason);
    if (terminate) this.#deleteVolumes();
  }

  #deleteVolumes(): void {
    for (const { file, deleteOnTermination } of this.record.volumes) {
      if (deleteOnTermination) rmSync(join(this.directory, file), { force: true });
    }
  }

  #become(state: InstanceState, stateReason?: InstanceRecord['stateReason']): void {
    const transition = transitionOf(stateReason);
    const { stateReason: _old, ...rest } = this.record;
    this.#environment.instances.replace({ ...rest, state, transition, ...(stateReason && { stateReason }) });
    this.#environment.log(`${this.id}: ${state}`);
  }

  async #stopListening(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
