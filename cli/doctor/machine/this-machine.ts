import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';
import { installation } from '../../installation.ts';
import { findRunningCloud } from '../../local/running-cloud.ts';
import type { Kvm, Machine, NeededPackage } from './machine.ts';

/** An ordinary user's PATH often lacks these. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The machine that this process runs on. */
export function thisMachine(context: Context): Machine {
  const { clone } = installation;
  const has = (programOrFile: string): boolean => {
    if (isAbsolute(programOrFile)) return isAllowed(programOrFile, constants.R_OK);
    const directories = [...(context.env['PATH'] ?? '').split(delimiter), ...SBIN];
    return directories.some((directory) => isAllowed(join(directory, programOrFile), constants.X_OK));
  };
  return {
    node: process.versions.node,
    platform: context.platform,
    clone,
    has,
    packages: async () => (clone === undefined ? undefined : neededPackages(clone)),
    freeDisk: () => {
      const { bavail, bsize } = statfsSync(clone ?? context.cwd);
      return bavail * bsize;
    },
    availableMemory,
    portIsFree,
    localCloud: () => runningEndpoint(context.cwd, clone),
    machines: () => processesOf('qemu-system-x86_64', join(clone ?? context.cwd, '.sealroot', 'instances')),
    kvm: () => tryKvm(context, clone, has),
  };
}

/** Reads the list from the clone at run time: what sets a clone up is not part of the command line. */
async function neededPackages(clone: string): Promise<readonly NeededPackage[]> {
  const { PACKAGES } = (await import(pathToFileURL(join(clone, 'setup', 'packages.mjs')).href)) as {
    readonly PACKAGES: readonly NeededPackage[];
  };
  return PACKAGES;
}

function isAllowed(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

/** Memory that can be taken without swapping, by the estimate of the kernel (proc(5)). */
function availableMemory(): number | undefined {
  try {
    const [, kib] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function runningEndpoint(cwd: string, clone: string | undefined): string | undefined {
  try {
    return findRunningCloud(cwd, clone).endpoint;
  } catch (error) {
    if (error instanceof Failure && error.code === 'unavailable') return undefined;
    throw error;
  }
}

/** Ids of this system's processes of a program, whose command line has the words. */
function processesOf(program: string, words: string): number[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [first = '', ...others] = commandLine(pid).split('\0');
      return first.endsWith(program) && others.join('\0').includes(words);
    })
    .map(Number);
}

/** Words of a command line, each ended by a zero byte; empty for a process that went in between. */
function commandLine(pid: string): string {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8');
  } catch {
    return '';
  }
}

/** Runs the probe of the local cloud, which boots a kernel, in a process of its own. */
async function tryKvm(
  context: Context,
  clone: string | undefined,
  has: (program: string) => boolean,
): Promise<Kvm> {
  if (!existsSync('/dev/kvm')) return 'no device';
  if (!isAllowed('/dev/kvm', constants.R_OK | constants.W_OK)) return 'not allowed';
  if (!has('qemu-system-x86_64')) return 'no qemu';
  const kernel = clone && bakedKernel(join(clone, '.sealroot', 'images'));
  if (clone === undefined || kernel === undefined) return 'no kernel';
  const probe = join(clone, 'local', 'vm', 'qemu', 'probe.ts');
  const { stdout } = await context.capture(process.execPath, ['--import', 'tsx', probe, kernel], {
    cwd: clone,
    timeout: 30_000,
  });
  return stdout.trim() === 'kvm' ? 'works' : 'fails';
}

function bakedKernel(images: string): string | undefined {
  if (!existsSync(images)) return undefined;
  return readdirSync(images)
    .map((image) => join(images, image, 'vmlinuz'))
    .find((file) => isAllowed(file, constants.R_OK));
}
