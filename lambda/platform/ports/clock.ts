/** Seconds since the epoch. */
export type Clock = () => number;

/** ISO 8601 in UTC, to the second. */
export const isoTime = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
