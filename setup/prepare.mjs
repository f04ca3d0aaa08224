// @ts-check
/**
 * First step of `npm start`, `npm test`, `npm run test:boot` and the others: makes sure that this machine has what
 * they need. Plain JavaScript with nothing but node's own modules, because nothing else is there yet.
 *
 * Usage: node setup/prepare.mjs [PURPOSE]...   (see packages.mjs; none: only node and npm packages)
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDebianPackages, requireRoot } from './debian-packages.mjs';
import { requireNode } from './node-version.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { PURPOSES } from './packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const given = process.argv.slice(2);
const purposes = PURPOSES.filter((purpose) => given.includes(purpose));

try {
  if (purposes.length !== given.length) {
    throw new Error(`Usage: node setup/prepare.mjs [${PURPOSES.join('|')}]...`);
  }
  requireNode(process.versions.node);
  await installDebianPackages(purposes);
  requireRoot(purposes);
  // A machine that only makes another one needs no packages of its own.
  if (given.join() !== 'bare') installNpmPackages(root);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
