import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { connectUnix } from './unix-connection.ts';

export interface QmpEvent {
  readonly event: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * QEMU Machine Protocol (docs/interop/qmp-spec.txt): one JSON object a line. Emits `event` with a {@link QmpEvent}, and
 * `close` once when QEMU is gone; that is how the end of a VM is seen, also of one that an earlier daemon started.
 */
export class Qmp extends EventEmitter<{ event: [QmpEvent]; close: [] }> {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #buffer = '';
  #next = 1;

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      for (const { reject } of this.#pending.values())
        reject(new Error('QEMU has closed the QMP connection'));
      this.#pending.clear();
      this.emit('close');
    });
  }

  /** Connects and leaves the negotiation mode. @throws when QEMU does not listen. */
  static async connect(directory: string, name: string): Promise<Qmp> {
    const qmp = new Qmp(await connectUnix(directory, name));
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  /** @returns the command's `return` member. @throws Error with QEMU's description. */
  execute(command: string, parameters: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('QEMU has closed the QMP connection'));
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters, id })}\n`);
    });
  }

  /** Leaves the VM running. */
  disconnect(): void {
    this.removeAllListeners();
    this.#socket.destroy();
  }

  #receive(text: string): void {
    const lines = (this.#buffer + text).split('\n');
    this.#buffer = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#dispatch(line);
  }

  #dispatch(line: string): void {
    const message = JSON.parse(line) as {
      id?: number;
      return?: unknown;
      error?: { desc: string };
      event?: string;
      data?: Record<string, unknown>;
    };
    if (message.event !== undefined) {
      this.emit('event', { event: message.event, ...(message.data && { data: message.data }) });
      return;
    }
    const pending = message.id === undefined ? undefined : this.#pending.get(message.id);
    if (message.id === undefined || pending === undefined) return; // the greeting
    this.#pending.delete(message.id);
    if (message.error) pending.reject(new Error(`QMP: ${message.error.desc}`));
    else pending.resolve(message.return);
  }
}
