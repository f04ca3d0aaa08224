import { ERRORS, type ErrorBody } from '../../protocol/errors.ts';
import { bytes, isUuid, MalformedError, optional, parseObject, uuid } from '../../protocol/fields.ts';
import type {
  PendingReason,
  PendingRequest,
  Recovery,
  RequestList,
  Volume,
  VolumeList,
  VolumeState,
} from '../../protocol/operator.ts';
import { flag, list, oneOf, present, text, time } from './members.ts';

type Members = Record<string, unknown>;

const STATES: readonly VolumeState[] = ['enrolling', 'active', 'revoked', 'destroyed'];
const DECISIONS: readonly PendingRequest['decision'][] = ['pending', 'approved', 'denied'];
const REASONS: readonly PendingReason[] = [
  'enrolment',
  're-enrolment',
  'moved',
  'stale-ticket',
  'unknown-ticket',
  'no-ticket',
  'unknown-volume',
];

/** @throws MalformedError naming the first member that is not as protocol/operator.ts says; so do the others here. */
export function parseVolume(m: Members): Volume {
  return {
    luks: uuid(m, 'luks'),
    instance: text(m, 'instance'),
    volume: text(m, 'volume'),
    state: oneOf(m, 'state', STATES),
    address: text(m, 'address'),
    image: text(m, 'image'),
    created: time(m, 'created'),
    updated: time(m, 'updated'),
    recoverable: flag(m, 'recoverable'),
    ...present('header', optional(m, 'header', text)),
    ...present('by', optional(m, 'by', text)),
    ...present('reason', optional(m, 'reason', text)),
    ...present('destroy', optional(m, 'destroy', time)),
  };
}

export function parseRecovery(m: Members): Recovery {
  const ciphertext = bytes(m, 'ciphertext', 1, 1024);
  return { luks: uuid(m, 'luks'), instance: text(m, 'instance'), volume: text(m, 'volume'), ciphertext };
}

export function parseRequest(m: Members): PendingRequest {
  const id = text(m, 'id');
  if (!/^[0-9a-f]{16}$/.test(id)) throw new MalformedError('id');
  const luks = m['luks'];
  if (luks !== undefined && (typeof luks !== 'string' || !isUuid(luks))) throw new MalformedError('luks');
  return {
    id,
    reason: oneOf(m, 'reason', REASONS),
    decision: oneOf(m, 'decision', DECISIONS),
    instance: text(m, 'instance'),
    volume: text(m, 'volume'),
    ...present('luks', luks),
    address: text(m, 'address'),
    image: text(m, 'image'),
    first: time(m, 'first'),
    expires: time(m, 'expires'),
    ...present('by', optional(m, 'by', text)),
  };
}

export function parseVolumeList(m: Members): VolumeList {
  return { volumes: list(m, 'volumes', parseVolume), ...present('next', optional(m, 'next', text)) };
}

export function parseRequestList(m: Members): RequestList {
  return { requests: list(m, 'requests', parseRequest), ...present('next', optional(m, 'next', text)) };
}

/** The API's own error body, or undefined when something else answered (API Gateway, a proxy). */
export function parseErrorBody(body: string): ErrorBody | undefined {
  try {
    const m = parseObject(body);
    const code = oneOf(m, 'code', Object.keys(ERRORS) as (keyof typeof ERRORS)[]);
    const field = optional(m, 'field', text);
    const message = optional(m, 'message', text);
    return { code, request: text(m, 'request'), ...present('field', field), ...present('message', message) };
  } catch {
    return undefined;
  }
}
