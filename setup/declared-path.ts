import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { locate } from './debian-packages.mjs';
import { PACKAGES, RUNTIME, type Purpose } from './packages.mjs';
import { CACHE } from './reports.ts';

/**
 * Makes a directory with the declared programs and no others, to be the whole PATH. With it a program that was
 * forgotten in the table is missing on a machine that happens to have it, too.
 *
 * @param purposes those of the table whose programs are there.
 * @returns its absolute path.
 */
export function declaredPath(purposes: readonly Purpose[]): string {
  const directory = path.resolve(CACHE, `bin-${purposes.join('-')}`);
  const declared = PACKAGES.filter((each) => each.for.some((purpose) => purposes.includes(purpose)));
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const program of [...RUNTIME, ...declared.flatMap(({ gives }) => gives)]) {
    const found = path.isAbsolute(program) ? undefined : locate(program);
    if (found !== undefined) symlinkSync(found, path.join(directory, program));
  }
  return directory;
}
