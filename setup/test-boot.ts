/** `npm run test:boot`: the tests that boot virtual machines. Takes jest's arguments, such as `-t 'revoked'`. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { jestCommand, jestOutcome } from './jest.ts';
import { reportPath } from './reports.ts';

const report = reportPath('boot.json');
rmSync(report, { force: true });
// Two machines at a time: each has two processors and a gigabyte.
const [program = '', ...args] = [...jestCommand(['boot'], 2, report), ...process.argv.slice(2)];
const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
const { ok, output, note } = jestOutcome('boot', report, status, '');
console.log(`${note ?? ''}\n${output}`.trim());
process.exitCode = ok ? 0 : 1;
