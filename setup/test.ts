/** `npm test`: every static check, and every test that boots no machine. */
import { availableParallelism } from 'node:os';
import { declaredPath } from './declared-path.ts';
import { batsTask, SHELLS } from './bats.ts';
import { staticChecks } from './checks.ts';
import { jestTask } from './jest.ts';
import { runTasks } from './tasks.ts';

process.env['PATH'] = declaredPath(['check', 'test']);

// The longest go first. Tests that start processes wait for them half of their time, so jest has a worker for each
// processor although something else always runs beside it.
const jest = jestTask(['unit', 'infra', 'local'], availableParallelism());
process.exitCode = (await runTasks([jest, ...SHELLS.map(batsTask), ...staticChecks()])) ? 0 : 1;
