/** `npm test`: every static check, and every test that boots no machine. */
import { availableParallelism } from 'node:os';
import { batsTask, SHELLS } from './bats.ts';
import { staticChecks } from './checks.ts';
import { jestTask } from './jest.ts';
import { runTasks } from './tasks.ts';

// Jest is the longest task and goes first; with two processors it takes one and the rest share the other.
const jest = jestTask(['unit', 'infra', 'local'], Math.max(1, availableParallelism() - 1));
process.exitCode = (await runTasks([jest, ...staticChecks(), ...SHELLS.map(batsTask)])) ? 0 : 1;
