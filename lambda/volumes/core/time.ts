/** How long a request waits for a decision, and how long the decision then holds. */
export const REQUEST_SECONDS = 3600;

/** ISO 8601 in UTC, to the second. */
export const isoTime = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
