/** `npm run format`: writes the layout that `npm run check` asks for. */
import { SHFMT } from './checks.ts';
import { shellFiles } from './shell-files.ts';
import { command, runTasks } from './tasks.ts';

const shell = shellFiles().map(({ path, dialect }) => command(path, [...SHFMT[dialect], '-w', path]));
const prettier = command('prettier', ['node_modules/.bin/prettier', '--write', '--log-level', 'warn', '.']);
process.exitCode = (await runTasks([prettier, ...shell])) ? 0 : 1;
