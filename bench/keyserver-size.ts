import { mkdirSync } from 'node:fs';
import { bundle, bundleSdkOnly } from './bundle.ts';
import type { Figure } from './figures.ts';
import { importTimes } from './import-time.ts';
import { ENVIRONMENT } from './warm-release-settings.ts';

export const KEYSERVER = 'lambda/keyserver/handler.ts';

/** Bundle size and import time of the keyserver, beside a bundle of the same SDK clients and nothing else. */
export async function keyserverSize(directory: string): Promise<Figure[]> {
  mkdirSync(directory, { recursive: true });
  const keyserver = await bundle(KEYSERVER, `${directory}/keyserver`);
  const sdk = await bundleSdkOnly(keyserver, KEYSERVER, directory);
  const [ours = NaN, theirs = NaN] = importTimes([keyserver.entry, sdk.entry], ENVIRONMENT);
  const group = 'Keyserver bundle';
  const kilobytes = (bytes: number): number => Math.round(bytes / 1000);
  return [
    { group, name: 'loaded at start', value: kilobytes(keyserver.eager), unit: 'kB' },
    { group, name: 'loaded at start, SDK only', value: kilobytes(sdk.eager), unit: 'kB' },
    { group, name: 'loaded at start, ratio', value: keyserver.eager / sdk.eager, unit: 'x', bar: 1.15 },
    { group, name: 'whole bundle', value: kilobytes(keyserver.total), unit: 'kB' },
    { group, name: 'whole bundle, SDK only', value: kilobytes(sdk.total), unit: 'kB' },
    { group, name: 'whole bundle, ratio', value: keyserver.total / sdk.total, unit: 'x', bar: 1.15 },
    { group, name: 'import time', value: ours, unit: 'ms', note: 'median of 15 processes' },
    { group, name: 'import time, SDK only', value: theirs, unit: 'ms' },
    { group, name: 'import time, ratio', value: ours / theirs, unit: 'x' },
  ];
}
