import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Outcome } from '../../engine/contracts/services.ts';

export interface EnvironmentOptions {
  readonly name: string;
  readonly arn: string;
  /** Folder of the unpacked bundle. */
  readonly directory: string;
  readonly file: string;
  readonly exportName: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly logFile: string;
}

type Message = { readonly ready: true } | Outcome;

/** Time for a bundle to load. Lambda allows 10 s; this machine may be busy. */
const INIT_TIMEOUT_MS = 30_000;

/** A child process with one bundle in it. It takes one invocation at a time and is not used again after a failure. */
export class ExecutionEnvironment {
  readonly born = Date.now();
  busy = false;
  private readonly options: EnvironmentOptions;
  private readonly child: ChildProcess;
  private readonly log: number;
  private readonly loaded: Promise<Message>;
  private stopped = false;

  constructor(options: EnvironmentOptions) {
    this.options = options;
    this.log = openSync(options.logFile, 'a', 0o600);
    this.child = fork(path.join(import.meta.dirname, 'worker.js'), [options.file, options.exportName], {
      cwd: options.directory,
      env: options.variables,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', this.log, this.log, 'ipc'],
    });
    this.child.once('exit', () => closeSync(this.log));
    this.loaded = this.next(INIT_TIMEOUT_MS);
  }

  get alive(): boolean {
    const { exitCode, signalCode, connected } = this.child;
    return !this.stopped && exitCode === null && signalCode === null && connected;
  }

  async invoke(event: unknown): Promise<Outcome> {
    this.busy = true;
    try {
      const loaded = await this.loaded;
      if ('error' in loaded) return loaded;
      return await this.run(event);
    } finally {
      this.busy = false;
    }
  }

  stop(): void {
    // The flag counts before the process has died: in between it would still be given work.
    this.stopped = true;
    this.child.kill('SIGKILL');
  }

  private async run(event: unknown): Promise<Outcome> {
    const { name, arn, timeoutMs } = this.options;
    const awsRequestId = randomUUID();
    const started = Date.now();
    const context = {
      awsRequestId,
      deadline: started + timeoutMs,
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: this.options.variables['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
      callbackWaitsForEmptyEventLoop: true,
    };
    this.child.send({ event, context });
    const message = await this.next(timeoutMs);
    if (this.alive) {
      writeSync(this.log, `REPORT RequestId: ${awsRequestId} Duration: ${String(Date.now() - started)} ms\n`);
    }
    return 'ready' in message ? { error: 'answered before it was asked' } : message;
  }

  /** The child's next message, or an error when it dies or takes too long; then it is killed. */
  private next(timeoutMs: number): Promise<Message> {
    return new Promise((resolve) => {
      const settle = (message: Message): void => {
        clearTimeout(timer);
        this.child.off('message', onMessage).off('exit', onExit).off('error', onError);
        resolve(message);
      };
      const onMessage = (message: unknown): void => settle(message as Message);
      const onExit = (): void => settle({ error: `${this.options.name} exited` });
      const onError = (error: Error): void => settle({ error: error.message });
      const timer = setTimeout(() => {
        const seconds = (timeoutMs / 1000).toFixed(2);
        settle({ error: `Task timed out after ${seconds} seconds`, timedOut: true });
        this.stop();
      }, timeoutMs);
      this.child.on('message', onMessage).on('exit', onExit).on('error', onError);
    });
  }
}
