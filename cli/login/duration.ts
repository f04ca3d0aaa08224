import { InvalidArgumentError } from 'commander';

/** Limits of sts:AssumeRole, in seconds. */
export const SHORTEST = 900;
export const LONGEST = 43_200;

const UNITS = { h: 3600, m: 60, s: 1 } as const;

/** `3600`, `45m`, `1h30m` -> seconds. @throws InvalidArgumentError outside of what STS takes. */
export function parseDuration(text: string): number {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : ofUnits(text);
  if (seconds === undefined)
    throw new InvalidArgumentError('Write it as 45m, 4h, 1h30m or a number of seconds.');
  if (seconds < SHORTEST || seconds > LONGEST)
    throw new InvalidArgumentError('AWS gives sessions of 15 minutes (900) to 12 hours (43200).');
  return seconds;
}

function ofUnits(text: string): number | undefined {
  if (!/^(\d{1,6}[hms])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)([hms])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit as keyof typeof UNITS], 0);
}

/** Seconds -> `4h`, `1h 30m`, `45m`. */
export function spoken(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (hours === 0 && minutes === 0) return `${Math.floor(seconds)}s`;
  return [hours > 0 ? `${hours}h` : '', minutes > 0 ? `${minutes}m` : ''].filter(Boolean).join(' ');
}
