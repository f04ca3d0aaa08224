import { processContext } from '../cli/context.ts';
import { run } from '../cli/main.ts';

process.exitCode = await run(process.argv.slice(2), processContext());
