import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Accelerator } from './accelerator.ts';
import { FILES, qemuArguments, type VmSpec } from './argv.ts';
import { Qmp } from './qmp.ts';

/** A VM that runs. Implemented by QEMU; tests put their own in its place. */
export interface RunningVm {
  readonly pid: number;
  /** Resolves when the process is gone, for whatever reason. */
  readonly ended: Promise<void>;
  /** Called at every reset of the machine: a guest that reboots keeps its process. */
  onReset: (() => void) | undefined;
  /** Presses the power button. */
  pressPowerButton(): Promise<void>;
  reset(): Promise<void>;
  /** Pulls the plug. */
  kill(): Promise<void>;
  /** Lets go of it without ending it. */
  release(): void;
}

export interface VmLauncher {
  launch(spec: VmSpec): Promise<RunningVm>;
  /** Finds a VM again that an earlier process has launched. */
  adopt(spec: Pick<VmSpec, 'id' | 'directory'>): Promise<RunningVm | undefined>;
}

const START_TIMEOUT_MS = 20_000;

/** @param accelerator decided at the first launch, with that launch's kernel. */
export function qemuLauncher(accelerator: (kernel: string) => Promise<Accelerator>): VmLauncher {
  return {
    async launch(spec) {
      for (const socket of [FILES.qmp, FILES.agent, FILES.console])
        rmSync(join(spec.directory, socket), { force: true });
      rmSync(join(spec.directory, FILES.pid), { force: true });
      const pid = start(spec, await accelerator(spec.kernel));
      return new QemuProcess(pid, await connectWhenReady(spec, pid));
    },
    async adopt(spec) {
      const pid = runningPid(spec);
      if (pid === undefined) return undefined;
      return new QemuProcess(pid, await Qmp.connect(spec.directory, FILES.qmp));
    },
  };
}

/** Starts QEMU detached, in a session of its own and with no pipe to us: the VM outlives the process that launches it. */
function start(spec: VmSpec, accelerator: Accelerator): number {
  const log = openSync(join(spec.directory, FILES.log), 'a', 0o600);
  try {
    const child = spawn('qemu-system-x86_64', qemuArguments(spec, accelerator), {
      cwd: spec.directory,
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.on('error', () => undefined); // seen below as a process that never was
    child.unref();
    return child.pid ?? 0;
  } finally {
    closeSync(log);
  }
}

/** Last lines that QEMU wrote about a VM, oldest first; at most three. */
export function lastMessages(directory: string): readonly string[] {
  const text = readFileSync(join(directory, FILES.log), 'utf8').trim();
  return text === '' ? [] : text.split('\n').slice(-3);
}

async function connectWhenReady(spec: VmSpec, pid: number): Promise<Qmp> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return await Qmp.connect(spec.directory, FILES.qmp);
    } catch {
      if (pid === 0 || !isAlive(pid) || Date.now() > deadline) {
        const why = lastMessages(spec.directory).join('; ');
        throw new Error(`QEMU did not start: ${why === '' ? 'is qemu-system-x86 installed?' : why}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

/** A pid file can be stale and its number in use by another program: what runs has to be QEMU with this VM's name. */
export function runningPid(spec: Pick<VmSpec, 'id' | 'directory'>): number | undefined {
  try {
    const pid = Number(readFileSync(join(spec.directory, FILES.pid), 'utf8').trim());
    return Number.isInteger(pid) && isVm(pid, spec.id) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isVm(pid: number, id: string): boolean {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return argv.some((argument) => argument.startsWith(`${id},`));
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^[ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, ''));
  } catch {
    return false;
  }
}

class QemuProcess implements RunningVm {
  readonly pid: number;
  readonly ended: Promise<void>;
  onReset: (() => void) | undefined;
  readonly #qmp: Qmp;

  constructor(pid: number, qmp: Qmp) {
    this.pid = pid;
    this.#qmp = qmp;
    this.ended = new Promise((resolve) => {
      qmp.once('close', () => void gone(pid).then(resolve));
    });
    qmp.on('event', ({ event }) => {
      if (event === 'RESET') this.onReset?.();
    });
  }

  async pressPowerButton(): Promise<void> {
    await this.#qmp.execute('system_powerdown');
  }

  async reset(): Promise<void> {
    await this.#qmp.execute('system_reset');
  }

  async kill(): Promise<void> {
    try {
      process.kill(this.pid, 'SIGKILL');
    } catch {
      // already gone
    }
    await this.ended;
  }

  release(): void {
    this.#qmp.disconnect();
  }
}

/** The socket closes a moment before the process has let go of the disks. */
async function gone(pid: number): Promise<void> {
  for (let tries = 0; isAlive(pid) && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
