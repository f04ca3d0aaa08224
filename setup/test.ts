/** `npm test`: every static check, and every test that boots no machine. */
import { availableParallelism } from 'node:os';
import { batsTask, SHELLS } from './bats.ts';
import { staticChecks } from './checks.ts';
import { jestTask } from './jest.ts';
import { runTasks } from './tasks.ts';

// The longest go first. With two processors jest takes one of them, and the rest shares the other.
const jest = jestTask(['unit', 'infra', 'local'], Math.max(1, availableParallelism() - 1));
process.exitCode = (await runTasks([jest, ...SHELLS.map(batsTask), ...staticChecks()])) ? 0 : 1;
