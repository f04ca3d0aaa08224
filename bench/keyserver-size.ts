import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleOf } from '../lib/platform/bundle.ts';
import { bundle, bundleSdkOnly } from './bundle.ts';
import type { Figure } from './figures.ts';
import { importTimes, ROUNDS } from './import-time.ts';
import { ENVIRONMENT } from './warm-release-settings.ts';

export const KEYSERVER = 'lambda/keyserver/handler.ts';

/** Bundle size and import time of the keyserver, beside a bundle of the same SDK clients and nothing else. */
export async function keyserverSize(directory: string): Promise<Figure[]> {
  const keyserver = await bundle(KEYSERVER, `${directory}/keyserver`);
  const shipped = readFileSync(join(bundleOf('keyserver'), 'index.mjs'));
  if (!shipped.equals(readFileSync(keyserver.file))) {
    throw new Error('lib/platform/bundle.ts bundles with other options than bench/bundle.ts');
  }
  const sdk = await bundleSdkOnly(keyserver, KEYSERVER, directory);
  const [ours = NaN, theirs = NaN] = importTimes([keyserver.file, sdk.file], ENVIRONMENT);
  const group = 'Keyserver bundle';
  const kilobytes = (bytes: number): number => Math.round(bytes / 1000);
  return [
    { group, name: 'loaded at start', value: kilobytes(keyserver.atStart), unit: 'kB' },
    { group, name: 'loaded at start, SDK only', value: kilobytes(sdk.atStart), unit: 'kB' },
    { group, name: 'loaded at start, ratio', value: keyserver.atStart / sdk.atStart, unit: 'x', bar: 1.15 },
    { group, name: 'in all', value: kilobytes(keyserver.total), unit: 'kB' },
    {
      group,
      name: 'in all, SDK only',
      value: kilobytes(sdk.total),
      unit: 'kB',
      note: 'the same clients and commands',
    },
    { group, name: 'in all, ratio', value: keyserver.total / sdk.total, unit: 'x', bar: 1.15 },
    { group, name: 'import time', value: ours, unit: 'ms', note: `median of ${ROUNDS} processes` },
    { group, name: 'import time, SDK only', value: theirs, unit: 'ms' },
    { group, name: 'import time, ratio', value: ours / theirs, unit: 'x' },
  ];
}
