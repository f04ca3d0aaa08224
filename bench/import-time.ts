import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { median } from './figures.ts';

export const ROUNDS = 15;

/**
 * Time to import each module in a fresh node process, taken in turns so that a busy moment hits all of them.
 *
 * @returns medians in milliseconds, in the order of `modules`.
 */
export function importTimes(modules: readonly string[], env: Readonly<Record<string, string>>): number[] {
  const samples = modules.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, module] of modules.entries()) samples[i]?.push(importOnce(module, env));
  }
  return samples.map(median);
}

function importOnce(module: string, env: Readonly<Record<string, string>>): number {
  const script =
    'const start = performance.now(); await import(process.argv[1]);' +
    'process.stdout.write(String(performance.now() - start)); process.exit()';
  const args = ['--input-type=module', '--eval', script, pathToFileURL(module).href];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`import of ${module} failed:\n${stderr}`);
  return Number(stdout);
}
