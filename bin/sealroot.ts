import { processContext } from '../cli/context.ts';
import { run } from '../cli/main.ts';

// A promise that is not awaited here: the packaged file has no modules, and so no await at their top.
void run(process.argv.slice(2), processContext()).then((code) => (process.exitCode = code));
