import { MalformedError, parseObject } from '../../protocol/fields.ts';
import type { Route } from '../../protocol/routes.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { answerFailure, connectionFailure } from './failures.ts';
import { send, type Answer, type Call, type Target } from './transport.ts';

const ATTEMPTS = 4;
/** API Gateway ends a request after 29 s. */
const TIMEOUT_MS = 30_000;
/** A server that wants us to wait longer than this is better left to the person. */
const LONGEST_WAIT_MS = 30_000;

type Members = Record<string, unknown>;
export type World = Pick<Context, 'now' | 'sleep' | 'signal'>;

/** What every method of the client is made of. */
export interface Calls {
  one<T>(route: Route, parse: (m: Members) => T, more?: { id?: string; body?: object }): Promise<T>;
  /** Every page of a list. */
  all<T>(
    route: Route,
    parse: (m: Members) => { items: readonly T[]; next: string | undefined },
  ): Promise<T[]>;
}

/**
 * Calls throw Failure for what is expected to go wrong. They are repeated, with the same body, after 429, 503 and
 * broken connections: the API answers what was done already like the first time (protocol/openapi.yaml).
 */
export function callsTo(target: Target, world: World): Calls {
  return {
    one: async (route, parse, { id, body } = {}) => {
      const path = id === undefined ? route.path : pathOf(route, id);
      const call: Call = {
        method: route.method,
        path,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      };
      return understood(perform(target, world, call), parse);
    },
    all: async <T>(
      route: Route,
      parse: (m: Members) => { items: readonly T[]; next: string | undefined },
    ): Promise<T[]> => {
      const found: T[] = [];
      let query: Record<string, string> | undefined;
      do {
        const call: Call = { method: route.method, path: route.path, ...(query && { query }) };
        const { items, next } = await understood(perform(target, world, call), parse);
        found.push(...items);
        query = next === undefined ? undefined : { next };
      } while (query !== undefined);
      return found;
    },
  };
}

const pathOf = (route: Route, id: string): string => route.path.replace(/\{\w+\}/, encodeURIComponent(id));

async function understood<T>(answer: Promise<Answer>, parse: (m: Members) => T): Promise<T> {
  const { body } = await answer;
  try {
    return parse(parseObject(body));
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new Failure(
      'unexpected',
      `The operator API sent an answer that this version does not understand (${error.field}).`,
      'Use the version of sealroot that the stage was deployed with.',
      error,
    );
  }
}

async function perform(target: Target, world: World, call: Call): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await send(target, call, TIMEOUT_MS, world.signal).catch((error: unknown) =>
      connectionFailure(error, world.signal),
    );
    if (!(outcome instanceof Failure) && outcome.status === 200) return outcome;
    const failure = outcome instanceof Failure ? outcome : answerFailure(outcome, call.path);
    const repeatable = failure.code === 'throttled' || failure.code === 'unavailable';
    const wait = outcome instanceof Failure ? backoff(attempt) : retryAfter(outcome, attempt, world.now());
    if (!repeatable || attempt === ATTEMPTS || wait > LONGEST_WAIT_MS) throw failure;
    await world.sleep(wait);
  }
}

/** Exponential, with full jitter. Milliseconds. */
const backoff = (attempt: number): number => Math.random() * 500 * 2 ** attempt;

/** Retry-After is seconds or a date (RFC 9110 section 10.2.3). Milliseconds. */
function retryAfter(answer: Answer, attempt: number, now: number): number {
  const value = answer.headers['retry-after'];
  if (value === undefined) return backoff(attempt);
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(wait) ? backoff(attempt) : Math.max(0, wait);
}
