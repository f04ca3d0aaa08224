import { randomBytes, randomUUID } from 'node:crypto';
import type { Audit } from './ports/audit.ts';
import type { Clock } from './ports/clock.ts';
import type { Random } from './ports/random.ts';

export const systemClock: Clock = () => Math.floor(Date.now() / 1000);

export const systemRandom: Random = { bytes: (length) => randomBytes(length), uuid: () => randomUUID() };

/** Writes one JSON line a decision; CloudWatch Logs can filter on `$.audit`. */
export const logAudit: Audit = (record) => {
  process.stdout.write(`${JSON.stringify({ audit: true, time: new Date().toISOString(), ...record })}\n`);
};
