/**
 * `npm run test:newcomer`: what somebody new to this does after `npm start`, by the documents. It goes on with the
 * local cloud that `npm start` left, and stops it. On a machine of `.ci/run` it also adds users, with and without sudo.
 */
import { runJest } from './jest-run.ts';

const elsewhere =
  process.env['SEALROOT_BARE_ROOT'] === undefined ? ['--testPathIgnorePatterns', 'privilege'] : [];
const args = [...elsewhere, ...process.argv.slice(2)];
const ok = runJest({ name: 'newcomer', project: 'newcomer', workers: 1, args });
process.exitCode = ok ? 0 : 1;
