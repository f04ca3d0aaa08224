import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Runner, StepResult } from './execute.ts';
import { must, run } from './process.ts';

const MOUNTS = [
  ['proc', '-t', 'proc', 'proc'],
  ['sys', '-t', 'sysfs', '-o', 'ro', 'sysfs'],
  ['run', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs'],
] as const;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs the steps of component documents in a tree.
 *
 * Its mounts live in the mount namespace of the bake, so they are gone when the bake is, however it ended.
 */
export class Chroot implements Runner {
  private readonly tree: string;
  private readonly downloads: Readonly<Record<string, string>>;
  private readonly environment: Readonly<Record<string, string>>;
  private readonly log: string;

  constructor(options: {
    tree: string;
    /** Files by S3 URL. */
    downloads: Readonly<Record<string, string>>;
    environment: Readonly<Record<string, string>>;
    log: string;
  }) {
    this.tree = options.tree;
    this.downloads = options.downloads;
    this.environment = options.environment;
    this.log = options.log;
  }

  /** Mounts what programs expect, for as long as `work` runs. */
  async mounted<T>(work: () => Promise<T>): Promise<T> {
    const done: string[] = [];
    try {
      for (const [directory, ...argv] of MOUNTS) {
        const target = path.join(this.tree, directory);
        await must(['mount', ...argv, target]);
        done.push(target);
      }
      return await work();
    } finally {
      // Lazily: a process that a package left behind must not keep the tree busy.
      for (const target of done.reverse()) await must(['umount', '--lazy', target]);
    }
  }

  /** Writes the commands to a file that bash runs, as Image Builder does. */
  bash(script: string, timeoutSeconds: number): Promise<StepResult> {
    const file = '/run/sealroot-step.sh';
    writeFileSync(path.join(this.tree, file), `${script}\n`, { mode: 0o700 });
    return run(['chroot', this.tree, '/bin/bash', file], {
      env: { PATH, HOME: '/root', LC_ALL: 'C.UTF-8', ...this.environment },
      timeoutSeconds,
      log: this.log,
    });
  }

  download(source: string, destination: string): Promise<StepResult> {
    const file = this.downloads[source];
    const target = path.join(this.tree, destination);
    if (file === undefined) return Promise.resolve({ status: 1, output: `no such object: ${source}` });
    if (!existsSync(path.dirname(target))) mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(file, target);
    return Promise.resolve({ status: 0, output: '' });
  }
}
