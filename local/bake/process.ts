import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

export interface Completed {
  /** Exit status; 128 plus the signal's number is not distinguished from a status. */
  readonly status: number;
  /** stdout and stderr as they came. */
  readonly output: string;
}

export interface CommandOptions {
  /** Replaces the environment altogether. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly timeoutSeconds?: number;
  /** Gets everything that the command prints. */
  readonly log?: string;
}

/** Runs a program and waits. Never throws for its exit status. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<Completed> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...(options.env ?? process.env) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    const collect = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (options.log !== undefined) appendFileSync(options.log, chunk);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.stdin.on('error', () => undefined); // a program may end without reading
    child.stdin.end(options.stdin ?? '');
    let timedOut = false;
    const timer =
      options.timeoutSeconds === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGKILL');
          }, options.timeoutSeconds * 1000);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const output = Buffer.concat(chunks).toString('utf8');
      const note = timedOut ? `\ntimed out after ${String(options.timeoutSeconds)} s` : '';
      resolve({ status: timedOut ? 124 : (code ?? 128), output: output + note });
    });
  });
}

/** Runs a program that has to succeed. @throws Error with the end of its output. */
export async function must(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, output } = await run(argv, options);
  if (status === 0) return output;
  const end = output.trim().split('\n').slice(-15).join('\n');
  throw new Error(`${argv.join(' ')} failed with status ${String(status)}\n${end}`);
}
