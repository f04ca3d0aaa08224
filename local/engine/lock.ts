import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  formatDocument,
  LOCAL_STATE_FILES,
  DaemonDocument,
  LocalStateError,
  parseDocument,
} from '../../protocol/local-state.ts';

/** The process that runs the local cloud of a state directory. */
export type Holder = Omit<DaemonDocument, 'version'>;

const FILE = LOCAL_STATE_FILES.daemon;

/** Thrown when a living process holds the state directory. */
export class HeldError extends Error {
  readonly holder: Holder;
  constructor(state: string, holder: Holder) {
    const at = holder.endpoint === undefined ? 'is starting' : `answers at ${holder.endpoint}`;
    super(`a local cloud with the state ${state} is running already: process ${String(holder.pid)} ${at}`);
    this.name = 'HeldError';
    this.holder = holder;
  }
}

/**
 * The living process that holds `state`; what a dead one left counts for nothing.
 *
 * @throws Error when a process of another version of this program may hold it.
 */
export function holderOf(state: string): Holder | undefined {
  const file = path.join(state, FILE);
  try {
    const holder = parseDocument(DaemonDocument, readFileSync(file, 'utf8'));
    return beganOf(holder.pid) === holder.began ? holder : undefined;
  } catch (error) {
    if (error instanceof LocalStateError && error.code === 'version') {
      const way = 'stop it with the program that started it, or remove the file when nothing runs';
      throw new Error(`${file} cannot be read: ${error.message}; ${way}`, { cause: error });
    }
    return undefined;
  }
}

/** Makes a state directory ours alone: databases and key files have one writer. */
export class StateLock {
  private readonly state: string;

  private constructor(state: string) {
    this.state = state;
  }

  /** @throws HeldError */
  static take(state: string): StateLock {
    const file = path.join(state, FILE);
    const lock = new StateLock(state);
    const beside = lock.writeBeside();
    try {
      // The second try comes after the file of a dead process was removed: a holder that is found then is alive.
      for (const last of [false, true]) {
        try {
          linkSync(beside, file);
          return lock;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        }
        const holder = holderOf(state);
        if (holder !== undefined) throw new HeldError(state, holder);
        if (!last) rmSync(file, { force: true });
      }
      throw new Error(`${file} cannot be taken`);
    } finally {
      unlinkSync(beside);
    }
  }

  announce(endpoint: string): void {
    renameSync(this.writeBeside(endpoint), path.join(this.state, FILE));
  }

  release(): void {
    rmSync(path.join(this.state, FILE), { force: true });
  }

  private writeBeside(endpoint?: string): string {
    const file = path.join(this.state, `${FILE}.${String(process.pid)}`);
    const holder = { pid: process.pid, began: beganOf(process.pid) ?? '', endpoint };
    writeFileSync(file, formatDocument(holder), { mode: 0o600 });
    return file;
  }
}

/** Field 22 of /proc/PID/stat (proc(5)); undefined when there is no such process. */
function beganOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The command's name, in parentheses, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
