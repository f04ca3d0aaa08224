// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether node_modules is what the lock file says. Versions are compared, not dates: a checkout changes dates only.
 *
 * @param {string} root directory of package-lock.json
 */
export function npmPackagesCurrent(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) throw new Error(`${root}/package-lock.json is missing or unreadable.`);
  if (installed === undefined) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' ||
      installed[path]?.version === version ||
      (optional === true && installed[path] === undefined),
  );
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }> | undefined}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Runs `npm ci` unless node_modules is current.
 *
 * @param {string} root
 * @throws {Error} when npm fails; its output has been shown.
 */
export function installNpmPackages(root) {
  if (npmPackagesCurrent(root)) return;
  console.log('Installing npm packages: npm ci (node_modules is not what package-lock.json says)');
  const { status, error } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error('npm ci failed; see above.');
}
