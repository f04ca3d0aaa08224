// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { PACKAGES } from './packages.mjs';

/** @typedef {import('./packages.mjs').Package} Package */
/** @typedef {import('./packages.mjs').Purpose} Purpose */

/** An ordinary user's PATH often lacks these, where mke2fs and cryptsetup live. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * @param {string} gives program or absolute path
 * @returns {string | undefined} where it is
 */
export function locate(gives) {
  const candidates = isAbsolute(gives)
    ? [gives]
    : [...(process.env.PATH ?? '').split(delimiter), ...SBIN].map((directory) => join(directory, gives));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, isAbsolute(gives) ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {Package} each */
const lacks = (each) => each.gives.filter((gives) => locate(gives) === undefined);

/**
 * @param {readonly Purpose[]} purposes
 * @returns {Package[]}
 */
export function missingPackages(purposes) {
  return PACKAGES.filter((p) => p.for.some((purpose) => purposes.includes(purpose)) && lacks(p).length > 0);
}

/** An ordinary user's way to root: none, sudo that asks for a password, or sudo that does not. */
const UNPRIVILEGED = {
  none: {
    why: 'this user is not root, and there is no sudo',
    /** @param {string} command */
    advice: (command) => `Have root run this once, then try again:\n\n  ${command}\n`,
  },
  password: {
    why: 'this user is not root, and sudo asks for a password',
    /** @param {string} command */
    advice: (command) => `Run this once, then try again:\n\n  sudo sh -c '${command}'\n`,
  },
};

/** @returns {readonly string[] | keyof typeof UNPRIVILEGED} what to put before apt-get, or why this user may not. */
function privilege() {
  if (process.getuid?.() === 0) return [];
  if (locate('sudo') === undefined) return 'none';
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : 'password';
}

/**
 * Installs what is missing, from wherever this machine's apt is configured to look.
 *
 * @param {readonly Purpose[]} purposes
 * @throws {Error} with the one line to run when this user may not install, or with apt's output when it fails.
 */
export async function installDebianPackages(purposes) {
  const missing = missingPackages(purposes);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const list = missing.map((p) => `  ${p.name.padEnd(16)} ${p.why}`).join('\n');
  console.log(`Missing Debian packages (for ${purposes.join(', ')}):\n${list}`);

  if (locate('apt-get') === undefined) {
    const programs = missing.flatMap(lacks).join(', ');
    throw new Error(`This machine has no apt-get. Install these with its own package manager: ${programs}`);
  }
  const install = `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  const prefix = privilege();
  if (typeof prefix === 'string') {
    const { why, advice } = UNPRIVILEGED[prefix];
    throw new Error(`They are not installed: ${why}.\n${advice(`apt-get update && ${install}`)}`);
  }
  console.log(`Installing them: ${[...prefix, install].join(' ')}`);
  await apt(prefix, ['update']);
  await apt(prefix, ['install', '-y', '--no-install-recommends', ...names]);

  const still = missingPackages(purposes);
  if (still.length > 0) {
    throw new Error(`apt-get succeeded, but these are still missing: ${still.flatMap(lacks).join(', ')}`);
  }
}

/**
 * Baking mounts and changes root, so an ordinary user needs sudo for it, with a password or without.
 *
 * @param {readonly Purpose[]} purposes
 * @throws {Error} when this user can do none of it.
 */
export function requireRoot(purposes) {
  if (!purposes.includes('bake') || privilege() !== 'none') return;
  throw new Error(`The image cannot be baked: ${UNPRIVILEGED.none.why}. Run this as root, or install sudo.`);
}

/**
 * Runs apt-get quietly, with a sign of life every ten seconds; its output appears when it fails.
 *
 * @param {readonly string[]} prefix
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 */
function apt(prefix, args) {
  const [command, ...rest] = [
    ...prefix,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-qq',
    '-o',
    'DPkg::Lock::Timeout=300', // a fresh cloud machine upgrades itself just then
    ...args,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(/** @type {string} */ (command), rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output += String(chunk)));
    const started = Date.now();
    const alive = setInterval(() => {
      console.log(`  apt-get ${args[0]}: ${Math.round((Date.now() - started) / 1000)} s`);
    }, 10_000);
    child.on('error', (error) => {
      clearInterval(alive);
      reject(error);
    });
    child.on('close', (status) => {
      clearInterval(alive);
      if (status === 0) resolve();
      else reject(new Error(`apt-get ${args[0]} failed (${status}):\n${output}`));
    });
  });
}
