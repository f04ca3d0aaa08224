/**
 * `npm run bench`: what the design promises, measured. `-- --json` for scripts; `-- --boot` boots an instance first
 * (minutes), else the figures of the last such run are shown.
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CACHE } from '../setup/reports.ts';
import { bootFigures } from './boot-figures.ts';
import { passes, table, type Figure } from './figures.ts';
import { keyserverSize } from './keyserver-size.ts';
import { preseedApi } from './preseed-api.ts';
import { synthTime } from './synth.ts';
import { warmRelease } from './warm-release.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, boot: { type: 'boolean' } } });
const directory = `${CACHE}/bench`;
mkdirSync(directory, { recursive: true });

const progress = (line: string): void => console.error(`bench: ${line}`);
const figures: Figure[] = [];
progress('keyserver bundle');
figures.push(...(await keyserverSize(directory)));
// Before the warm release, which leaves credentials of its own in the environment: the CDK would try them.
progress('cdk synth');
figures.push(...synthTime(directory));
progress('warm release');
figures.push(...(await warmRelease(directory)));
progress('preseed API');
figures.push(...(await preseedApi(directory)));
if (values.boot) {
  progress('booting an instance twice');
  const { measureBoots } = await import('./boot.ts');
  await measureBoots(progress);
}
figures.push(...bootFigures());

console.log(values.json ? JSON.stringify(figures, undefined, 2) : table(figures));
process.exitCode = figures.every(passes) ? 0 : 1;
