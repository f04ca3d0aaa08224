import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { connectUnix } from './unix-connection.ts';

export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Default 60,000. */
  readonly timeoutMs?: number;
  /** Runs as this user instead of root. */
  readonly user?: string;
}

interface ExecStatus {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly 'out-data'?: string;
  readonly 'err-data'?: string;
}

/** Sent before a delimited sync: whatever half message is left in the agent's parser ends here. */
const FLUSH = 0xff;
const SYNC_TIMEOUT_MS = 5_000;
const GUEST_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * QEMU guest agent (docs/interop/qemu-ga-ref) over its virtio-serial port. One command at a time, each on its own connection
 * that begins with a delimited sync, so that an answer to an earlier command which timed out is never taken for this one's.
 */
export class GuestAgent {
  readonly #directory: string;
  readonly #socket: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(directory: string, socket: string) {
    this.#directory = directory;
    this.#socket = socket;
  }

  /** @throws Error when the agent does not answer in time, or answers with an error. */
  async execute(
    command: string,
    parameters: Record<string, unknown> = {},
    timeoutMs = 10_000,
  ): Promise<unknown> {
    return this.#exclusively((channel) => channel.request(command, parameters, timeoutMs));
  }

  /** Whether the agent answers within the time that a sync may take. */
  async ping(): Promise<boolean> {
    return this.execute('guest-ping').then(
      () => true,
      () => false,
    );
  }

  /**
   * Asks for an orderly shutdown. Not by `guest-shutdown`: qemu-ga 7.2 was seen to spin at full load instead of carrying it
   * out once the connection that asked was closed, and it gives no answer to wait for.
   */
  async shutdown(mode: 'poweroff' | 'reboot'): Promise<void> {
    const arg = ['--', GUEST_PATH, 'systemctl', '--no-block', mode];
    await this.execute('guest-exec', { path: '/usr/bin/env', arg });
  }

  /** Runs `sh -c COMMAND` in the guest. @throws Error when it has not ended in time. */
  async run(command: string, options: RunOptions = {}): Promise<RunResult> {
    const deadline = Date.now() + (options.timeoutMs ?? 60_000);
    const shell = options.user === undefined ? ['sh'] : ['runuser', '-u', options.user, '--', 'sh'];
    const { pid } = (await this.execute('guest-exec', {
      path: '/usr/bin/env',
      arg: ['--', GUEST_PATH, ...shell, '-c', command],
      'capture-output': true,
    })) as { pid: number };
    for (let wait = 20; ; wait = Math.min(wait * 2, 250)) {
      const status = (await this.execute('guest-exec-status', { pid })) as ExecStatus;
      if (status.exited) {
        return {
          status: status.exitcode ?? 128 + (status.signal ?? 0),
          stdout: decode(status['out-data']),
          stderr: decode(status['err-data']),
        };
      }
      if (Date.now() > deadline) throw new Error(`guest command has not ended in time: ${command}`);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  #exclusively<T>(use: (channel: Channel) => Promise<T>): Promise<T> {
    const mine = this.#last.then(async () => {
      const channel = new Channel(await connectUnix(this.#directory, this.#socket));
      try {
        await channel.sync();
        return await use(channel);
      } finally {
        channel.close();
      }
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

class Channel {
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, data]);
      this.#wake();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#wake());
  }

  async sync(): Promise<void> {
    const id = randomInt(2 ** 31);
    this.#socket.write(Buffer.from([FLUSH]));
    this.send('guest-sync-delimited', { id });
    const deadline = Date.now() + SYNC_TIMEOUT_MS;
    for (;;) {
      const line = await this.#line(deadline);
      // The agent puts 0xFF before this answer only; what came before it belongs to somebody else.
      const flush = line.lastIndexOf(FLUSH);
      if (flush < 0) continue;
      const answer = JSON.parse(line.subarray(flush + 1).toString()) as { return?: number };
      if (answer.return === id) return;
    }
  }

  async request(command: string, parameters: Record<string, unknown>, timeoutMs: number): Promise<unknown> {
    this.send(command, parameters);
    const line = await this.#line(Date.now() + timeoutMs);
    const answer = JSON.parse(line.toString()) as { return?: unknown; error?: { desc: string } };
    if (answer.error) throw new Error(`guest agent: ${command}: ${answer.error.desc}`);
    return answer.return;
  }

  send(command: string, parameters: Record<string, unknown>): void {
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters })}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #line(deadline: number): Promise<Buffer> {
    for (;;) {
      const end = this.#buffer.indexOf(0x0a);
      if (end >= 0) {
        const line = this.#buffer.subarray(0, end);
        this.#buffer = this.#buffer.subarray(end + 1);
        return line;
      }
      if (this.#socket.destroyed) throw new Error('guest agent: connection closed');
      const left = deadline - Date.now();
      if (left <= 0) throw new Error('guest agent: no answer');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function decode(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}
