/** `npm run check`: every static check, side by side. */
import { staticChecks } from './checks.ts';
import { runTasks } from './tasks.ts';

process.exitCode = (await runTasks(staticChecks())) ? 0 : 1;
