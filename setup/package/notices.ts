import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * The licences of what the packaged file contains, as their terms ask for: each text once, under the packages that
 * come with it.
 *
 * @param inputs paths of the files that went in, from the clone.
 * @throws Error when a package names no licence.
 */
export function notices(inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const byText = new Map<string, string[]>();
  for (const directory of [...packages].toSorted()) {
    const { name, version, license } = JSON.parse(
      readFileSync(join(directory, 'package.json'), 'utf8'),
    ) as Manifest;
    if (license === undefined) throw new Error(`${directory}/package.json names no licence`);
    const text = licenceText(directory);
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  return [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}`).join(`\n${'-'.repeat(80)}\n`);
}

function licenceText(directory: string): string {
  const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
  return file === undefined ? '' : `${readFileSync(join(directory, file), 'utf8').trim()}\n`;
}
