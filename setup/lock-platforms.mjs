// @ts-check
/**
 * Completes package-lock.json after `npm install`. npm leaves a package for another platform out of the lock when the
 * registry that it asked does not have it, and `npm ci` then calls the lock out of step with its own packages.
 * Such a package is named by its parent, with an exact version; its platform is in its name.
 *
 * Usage: node setup/lock-platforms.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string> }} Entry */

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/**
 * @param {Record<string, Entry>} packages of a lock file
 * @returns {Record<string, Entry>} the entries that are missing, by path
 */
export function missingPlatforms(packages) {
  /** @type {Record<string, Entry>} */
  const missing = {};
  for (const parent of Object.values(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      // Optional packages are hoisted; one that is nested ends the same.
      const known = Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`));
      if (!known) missing[`node_modules/${name}`] = entry(name, version, parent.dev === true);
    }
  }
  return missing;
}

/**
 * @param {string} name
 * @param {string} version
 * @param {boolean} dev
 * @returns {Entry}
 */
function entry(name, version, dev) {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${name}: ${version} is not an exact version`);
  const words = name.replace(/^.*\//, '').split('-');
  const cpu = words.find((word) => PROCESSORS.includes(word));
  const os = words.find((word) => SYSTEMS.includes(word));
  if (cpu === undefined || os === undefined) throw new Error(`${name}: no platform in its name`);
  const last = words.at(-1) ?? '';
  const libc =
    os !== 'linux'
      ? undefined
      : last.startsWith('gnu')
        ? 'glibc'
        : last.startsWith('musl')
          ? 'musl'
          : undefined;
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../package-lock.json', import.meta.url);
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingPlatforms(lock.packages);
  const [root = ['', {}], ...rest] = Object.entries({ ...lock.packages, ...missing });
  lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => a.localeCompare(b, 'en'))]);
  writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
  console.log(`package-lock.json: ${Object.keys(missing).length} packages for other platforms added`);
}
