/** The kinds of values that messages of several APIs are made of. */
import { bytes, isA, oneOf, text } from './schema.ts';

/** Version of the protocol. */
export const V1 = oneOf(1);

/** Lower-case UUID (RFC 9562). */
export const Uuid = text(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);

export const VolumeName = text(/^(root|data-[a-z0-9][a-z0-9-]{0,30})$/);

export const InstanceId = text(/^i-([0-9a-f]{8}|[0-9a-f]{17})$/);

export const Bytes32 = bytes(32);

/** Compact JWS with ES256. */
export const Jws = text(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/);

export const isUuid = (value: string): boolean => isA(Uuid, value);
export const isInstanceId = (value: string): boolean => isA(InstanceId, value);

/**
 * One line that a person wrote, and others get to see on their terminals: no control characters, hence no escape
 * sequences, no line or paragraph separators, no halves of surrogate pairs. `min` to `max` code points.
 */
export const line = (min: number, max: number) =>
  text(new RegExp(`^[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]{${String(min)},${String(max)}}$`, 'u'));
