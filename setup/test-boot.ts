/** `npm run test:boot`: the tests that boot virtual machines. Takes jest's arguments, such as `-t 'revoked'`. */
import { runJest } from './jest-run.ts';

// Two machines at a time: each has two processors and a gigabyte.
const ok = runJest({ name: 'boot', project: 'boot', workers: 2, args: process.argv.slice(2) });
process.exitCode = ok ? 0 : 1;
