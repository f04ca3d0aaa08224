import { randomBytes } from 'node:crypto';

/** An id in the form of EC2's: a prefix and 17 hex digits. */
export function newId(prefix: 'i' | 'r' | 'vol'): string {
  return `${prefix}-${randomBytes(9).toString('hex').slice(0, 17)}`;
}
