import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

export interface CommandResult {
  /** Exit status; null when the program could not be started, or was stopped here. */
  readonly status: number | null;
  readonly stdout: string;
  /** With the reason of a null status at its end. */
  readonly stderr: string;
}

export interface CommandOptions {
  /** Added to this process's environment; an undefined value takes the variable away. */
  readonly env?: Record<string, string | undefined>;
  readonly stdin?: string;
  /** Milliseconds until it is stopped; default: `LIMIT_MS`. */
  readonly limitMs?: number;
  /** Milliseconds that processes which it has left behind may keep its output open; default: 15 seconds. */
  readonly leftBehindMs?: number;
}

/** Milliseconds: more than twice what the longest of our checks takes on a slow machine. */
const LIMIT_MS = 25 * 60_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a program, in a process group of its own, until it has ended and nothing holds its output any more. A program
 * that hangs is stopped with all that it has started, and the result names those processes: it never takes this one
 * along.
 */
export function execute(
  argv: readonly string[],
  { env = {}, stdin, limitMs = LIMIT_MS, leftBehindMs = 15_000 }: CommandOptions = {},
): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    let stdout = '';
    let stderr = '';
    let timer = setTimeout(() => stop(`it did not end within ${String(limitMs / 60_000)} minutes`), limitMs);
    const end = (status: number | null, reason = ''): void => {
      clearTimeout(timer);
      forget(child);
      resolve({ status, stdout, stderr: stderr + reason });
    };
    const stop = (reason: string): void => {
      const stopped = stopAll(child);
      child.stdout.destroy();
      child.stderr.destroy();
      end(null, `\n${program}: ${reason}. Stopped:\n${stopped.join('\n') || '  (none of them is ours)'}\n`);
    };
    remember(child);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined); // a program may end without reading what it was given
    child.stdin.end(stdin ?? '');
    child.on('error', (error) => end(null, error.message));
    child.on('exit', () => {
      clearTimeout(timer);
      timer = setTimeout(() => stop('processes that it left behind hold its output'), leftBehindMs);
    });
    child.on('close', (status) => end(status));
  });
}

const running = new Set<ChildProcess>();

function remember(child: ChildProcess): void {
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, interrupted);
  running.add(child);
}

function forget(child: ChildProcess): void {
  running.delete(child);
  if (running.size === 0) for (const signal of SIGNALS) process.off(signal, interrupted);
}

/** A terminal signals its foreground group alone. */
function interrupted(signal: NodeJS.Signals): void {
  for (const { pid } of running) if (pid !== undefined) kill(-pid, signal);
  process.exit(128 + constants.signals[signal]);
}

/** Kills a program and what it has started. @returns a line about each process; none where there is no /proc. */
function stopAll({ pid }: ChildProcess): string[] {
  if (pid === undefined) return [];
  const members = processesOf(pid);
  const lines = members.map(
    (each) =>
      `  ${String(each)} ${read(`/proc/${String(each)}/cmdline`)
        .replaceAll('\0', ' ')
        .slice(0, 300)}`,
  );
  for (const each of [-pid, ...members]) kill(each, 'SIGKILL');
  return lines;
}

/** Ids of the processes of a group, and of those that they have started in other groups. */
function processesOf(group: number): number[] {
  const parents = new Map<number, number>();
  const groups = new Map<number, number>();
  const all = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  for (const name of all) {
    // "pid (name) state parent group ...", and the name may contain blanks and parentheses.
    const [, parent = 0, itsGroup = 0] = read(`/proc/${name}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    parents.set(Number(name), parent);
    groups.set(Number(name), itsGroup);
  }
  const belongs = (pid: number): boolean =>
    pid > 1 && (groups.get(pid) === group || belongs(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(belongs);
}

/** Signals a process, or a group when negative, that may have ended. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Text of a file of a process, which may have ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
