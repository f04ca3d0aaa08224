import { jest } from '@jest/globals';

/** Everything that jest can fake but the time of day: requests still have to go out and come back. */
const REAL = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

let ahead = 0;

/**
 * Stops the time of day of this process, clients and local cloud alike, so many seconds further than it was stopped
 * before. Undone by `jest.useRealTimers()`.
 */
export function advanceClock(seconds: number): void {
  ahead += seconds * 1000;
  jest.useRealTimers();
  jest.useFakeTimers({ now: Date.now() + ahead, doNotFake: [...REAL] });
}
