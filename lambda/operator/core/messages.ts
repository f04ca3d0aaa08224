import { decodeBase64url, encodeBase64url } from '../../../protocol/base64url.ts';
import { isUuid, MalformedError, parseObject } from '../../../protocol/fields.ts';
import { DESTROY_DAYS, type Decision, type Destruction } from '../../../protocol/operator.ts';

const MAX_REASON = 256;
// A reason is printed on terminals: no control characters, hence no escape sequences.
const REASON = /^[^\p{Cc}]*$/u;
const REQUEST_ID = /^[0-9a-f]{16}$/;

/** Body of approve, deny, revoke, restore, recover and keep; none at all is the same as `{}`. */
export function parseDecision(body: string | null): Decision {
  if (body === null || body === '') return {};
  const { reason } = parseObject(body);
  if (reason === undefined) return {};
  if (typeof reason !== 'string' || Array.from(reason).length > MAX_REASON || !REASON.test(reason)) {
    throw new MalformedError('reason');
  }
  return { reason };
}

/** Body of destroy. */
export function parseDestruction(body: string | null): Destruction {
  const decision = parseDecision(body);
  const { days, final } = body === null || body === '' ? {} : parseObject(body);
  if (final !== undefined && typeof final !== 'boolean') throw new MalformedError('final');
  if (final === true) {
    if (days !== undefined) throw new MalformedError('days');
    return { ...decision, final };
  }
  if (days === undefined) return decision;
  const { min, max } = DESTROY_DAYS;
  if (typeof days !== 'number' || !Number.isInteger(days) || days < min || days > max)
    throw new MalformedError('days');
  return { ...decision, days };
}

export function parseLuks(parameter: string | undefined): string {
  if (parameter === undefined || !isUuid(parameter)) throw new MalformedError('luks');
  return parameter;
}

export function parseRequestId(parameter: string | undefined): string {
  if (parameter === undefined || !REQUEST_ID.test(parameter)) throw new MalformedError('id');
  return parameter;
}

/** `next` of a list, handed back: opaque to the caller, so that the key may change. */
export function parseNext(parameter: string | undefined, kind: string): string | undefined {
  if (parameter === undefined) return undefined;
  const key = decodeBase64url(parameter)?.toString('utf8');
  if (key?.startsWith(`${kind}#`) !== true || key.length > 100) throw new MalformedError('next');
  return key;
}

export const formatNext = (key: string): string => encodeBase64url(key);
