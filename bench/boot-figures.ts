import { existsSync, readFileSync } from 'node:fs';
import type { Figure } from './figures.ts';

/** Figures that `npm run bench -- --boot` leaves for later runs. */
export const BOOT_RESULTS = '.sealroot/bench/boot.json';

/** `/run/sealroot/boot.json` of an instance: how long each step in the initramfs took. */
export interface BootRecord {
  readonly mode: 'provision' | 'unlock' | 'volatile';
  /** Milliseconds by step. */
  readonly steps: Readonly<Record<string, number>>;
  readonly attempts: number;
}

export interface BootResults {
  readonly boots: readonly BootRecord[];
  /** Bytes of the image's initrd, and of the one that its parent image came with. */
  readonly initrd?: { readonly with: number; readonly without: number };
}

/** Figures of the last boots that were measured; none when there was none. */
export function bootFigures(): Figure[] {
  if (!existsSync(BOOT_RESULTS)) return [];
  const { boots, initrd } = JSON.parse(readFileSync(BOOT_RESULTS, 'utf8')) as BootResults;
  const figures = boots.flatMap(stepFigures);
  if (initrd === undefined) return figures;
  const group = 'Initrd';
  const megabytes = (bytes: number): number => bytes / 1_000_000;
  return [
    ...figures,
    { group, name: 'with Sealroot', value: megabytes(initrd.with), unit: 'MB' },
    { group, name: 'added by Sealroot', value: megabytes(initrd.with - initrd.without), unit: 'MB' },
  ];
}

const TITLES = { provision: 'First boot', unlock: 'Unlock', volatile: 'Volatile boot' };

function stepFigures({ mode, steps, attempts }: BootRecord): Figure[] {
  const group = `${TITLES[mode]}, in the initramfs (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})`;
  const figures = Object.entries(steps).map(([name, value]) => ({ group, name, value, unit: 'ms' }));
  const total = figures.reduce((sum, { value }) => sum + value, 0);
  return [...figures, { group, name: 'all steps', value: total, unit: 'ms' }];
}
