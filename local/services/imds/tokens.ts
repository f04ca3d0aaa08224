import { randomBytes } from 'node:crypto';

const MAX_TTL_SECONDS = 21_600;

/** IMDSv2 session tokens of one instance. Kept in memory: after a restart a client gets 401 and asks for a new one. */
export class ImdsTokens {
  readonly #ends = new Map<string, number>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param ttl header value, seconds. @returns undefined unless it is a number from 1 to 21,600. */
  issue(ttl: string | undefined): { token: string; ttlSeconds: number } | undefined {
    const ttlSeconds = /^\d{1,5}$/.test(ttl ?? '') ? Number(ttl) : 0;
    if (ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS) return undefined;
    for (const [token, end] of this.#ends) if (end <= this.#now()) this.#ends.delete(token);
    const token = `${randomBytes(39).toString('base64url')}====`;
    this.#ends.set(token, this.#now() + ttlSeconds * 1000);
    return { token, ttlSeconds };
  }

  /** @returns seconds that the token has left, or undefined when it is not valid. */
  secondsLeft(token: string): number | undefined {
    const end = this.#ends.get(token);
    if (end === undefined || end <= this.#now()) return undefined;
    return Math.ceil((end - this.#now()) / 1000);
  }
}
