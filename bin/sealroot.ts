import { processContext } from '../cli/context.ts';
import { run } from '../cli/main.ts';

// Not awaited here: the packaged file has no modules, and so no await at their top.
void run(process.argv.slice(2), processContext()).then((code) => (process.exitCode = code));
