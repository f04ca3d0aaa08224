import { MalformedError, parseObject } from '../../protocol/fields.ts';
import type { Decision, PendingRequest, Volume } from '../../protocol/operator.ts';
import { OPERATOR_ROUTES, type Route } from '../../protocol/routes.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { parseRequest, parseRequestList, parseVolume, parseVolumeList } from './parse.ts';
import { answerFailure, connectionFailure } from './failures.ts';
import { send, type Answer, type Call, type Target } from './transport.ts';

const ATTEMPTS = 4;
/** API Gateway ends a request after 29 s. */
const TIMEOUT_MS = 30_000;
/** A server that wants us to wait longer than this is better left to the person. */
const LONGEST_WAIT_MS = 30_000;

/** The operator API: what a person or script may do with volumes and the requests that wait. */
export interface Operator {
  listVolumes(): Promise<Volume[]>;
  listRequests(): Promise<PendingRequest[]>;
  showVolume(luks: string): Promise<Volume>;
  showRequest(id: string): Promise<PendingRequest>;
  approve(id: string, decision: Decision): Promise<PendingRequest>;
  deny(id: string, decision: Decision): Promise<PendingRequest>;
  revoke(luks: string, decision: Decision): Promise<Volume>;
  restore(luks: string, decision: Decision): Promise<Volume>;
}

type World = Pick<Context, 'now' | 'sleep' | 'signal'>;

/**
 * Every method throws Failure for what is expected to go wrong. Calls are repeated after 429, 503 and broken
 * connections: the API answers a decision that was taken already like the first time (protocol/openapi.yaml).
 */
export function createOperator(target: Target, world: World): Operator {
  const get = (route: Route, query?: Record<string, string>) =>
    perform(target, world, { method: 'GET', path: route.path, ...(query && { query }) });
  const getOne = (route: Route, id: string) =>
    perform(target, world, { method: 'GET', path: pathOf(route, id) });
  const post = (route: Route, id: string, decision: Decision) =>
    perform(target, world, {
      method: 'POST',
      path: pathOf(route, id),
      body: JSON.stringify(decision),
    });
  return {
    listVolumes: () =>
      everyPage(async (query) => {
        const { volumes, next } = await understood(get(OPERATOR_ROUTES.listVolumes, query), parseVolumeList);
        return { items: volumes, next };
      }),
    listRequests: () =>
      everyPage(async (query) => {
        const { requests, next } = await understood(
          get(OPERATOR_ROUTES.listRequests, query),
          parseRequestList,
        );
        return { items: requests, next };
      }),
    showVolume: (luks) => understood(getOne(OPERATOR_ROUTES.showVolume, luks), parseVolume),
    showRequest: (id) => understood(getOne(OPERATOR_ROUTES.showRequest, id), parseRequest),
    approve: (id, decision) => understood(post(OPERATOR_ROUTES.approveRequest, id, decision), parseRequest),
    deny: (id, decision) => understood(post(OPERATOR_ROUTES.denyRequest, id, decision), parseRequest),
    revoke: (luks, decision) => understood(post(OPERATOR_ROUTES.revokeVolume, luks, decision), parseVolume),
    restore: (luks, decision) => understood(post(OPERATOR_ROUTES.restoreVolume, luks, decision), parseVolume),
  };
}

const pathOf = (route: Route, id: string): string => route.path.replace(/\{\w+\}/, encodeURIComponent(id));

async function everyPage<T>(
  page: (query?: Record<string, string>) => Promise<{ items: readonly T[]; next: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let query: Record<string, string> | undefined;
  do {
    const { items, next } = await page(query);
    all.push(...items);
    query = next === undefined ? undefined : { next };
  } while (query !== undefined);
  return all;
}

async function understood<T>(answer: Promise<Answer>, parse: (m: Record<string, unknown>) => T): Promise<T> {
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
    const failure = outcome instanceof Failure ? outcome : answerFailure(outcome);
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
