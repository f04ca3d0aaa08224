import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { connectionFailure, responseFailure } from './failures.ts';
import { send, type HttpRequest, type HttpResponse, type Target } from './transport.ts';

const ATTEMPTS = 4;
/** API Gateway ends a request after 29 s. */
const TIMEOUT_MS = 30_000;
/** A server that wants us to wait longer than this is better left to the person. */
const LONGEST_WAIT_MS = 30_000;

export type RequestContext = Pick<Context, 'now' | 'sleep' | 'signal'>;

/**
 * Sends a request, and sends it again after 429, 503 and broken connections: the API answers what was done already
 * like the first time (protocol/openapi.yaml).
 *
 * @returns the first response whose status is 200.
 * @throws Failure for every other, and for none.
 */
export async function repeated(
  target: Target,
  context: RequestContext,
  request: HttpRequest,
): Promise<HttpResponse> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await send(target, request, TIMEOUT_MS, context.signal).catch((error: unknown) =>
      connectionFailure(error, context.signal),
    );
    if (!(outcome instanceof Failure) && outcome.status === 200) return outcome;
    const failure = outcome instanceof Failure ? outcome : responseFailure(outcome, request.path);
    const repeatable = failure.code === 'throttled' || failure.code === 'unavailable';
    const wait = outcome instanceof Failure ? backoff(attempt) : retryAfter(outcome, attempt, context.now());
    if (!repeatable || attempt === ATTEMPTS || wait > LONGEST_WAIT_MS) throw failure;
    await context.sleep(wait);
  }
}

/** Exponential, with full jitter. Milliseconds. */
const backoff = (attempt: number): number => Math.random() * 500 * 2 ** attempt;

/** Retry-After is seconds or a date (RFC 9110 section 10.2.3). Milliseconds. */
function retryAfter(response: HttpResponse, attempt: number, now: number): number {
  const value = response.headers['retry-after'];
  if (value === undefined) return backoff(attempt);
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(wait) ? backoff(attempt) : Math.max(0, wait);
}
