import type { Vm } from '../../../local/services/ec2/service.ts';
import { BOOT_MS } from './machine-room.ts';

/** Follows the console from where it stands when made. */
export class ConsoleReader {
  readonly #vm: Vm;
  #from: number;

  private constructor(vm: Vm, from: number) {
    this.#vm = vm;
    this.#from = from;
  }

  static async here(vm: Vm): Promise<ConsoleReader> {
    return new ConsoleReader(vm, (await vm.consoleLog()).length);
  }

  static start(vm: Vm): ConsoleReader {
    return new ConsoleReader(vm, 0);
  }

  waitFor(pattern: RegExp, timeoutMs = BOOT_MS): Promise<RegExpMatchArray> {
    return this.#vm.waitForConsole(pattern, { timeoutMs, from: this.#from });
  }

  /** Output since then. */
  async text(): Promise<string> {
    return (await this.#vm.consoleLog()).slice(this.#from);
  }
}

/** Runs a command in the guest that has to succeed; gives what it printed, trimmed. */
export async function guest(vm: Vm, command: string, user?: string): Promise<string> {
  const { status, stdout, stderr } = await vm.run(command, {
    timeoutMs: 120_000,
    ...(user !== undefined && { user }),
  });
  if (status !== 0) throw new Error(`${command}: exit ${String(status)}: ${stderr}`);
  return stdout.trim();
}

/** The volume id of the running root, from the header of the device below it. */
export function luksOf(vm: Vm): Promise<string> {
  return guest(vm, 'cryptsetup luksUUID /dev/vdb');
}

/** Waits until the system is up, and makes sure of what it stands on. */
export async function waitUntilUp(vm: Vm): Promise<void> {
  await vm.waitForAgent(BOOT_MS);
  const root = await guest(vm, 'findmnt -no SOURCE /');
  if (root !== '/dev/mapper/sealroot-root') throw new Error(`/ is ${root}`);
}
