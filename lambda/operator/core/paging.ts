import { decodeBase64url, encodeBase64url } from '../../../protocol/base64url.ts';
import { MalformedError } from '../../../protocol/schema.ts';

/** Items in one answer of a list. */
export const PAGE = 100;

/** `next` of a list: opaque to the caller, so that the key may change. @param id of the last item, behind its kind. */
export const formatNext = (kind: string, id: string): string => encodeBase64url(`${kind}#${id}`);

/**
 * @param keyOf key of an item of that kind.
 * @returns the key of the item that {@link formatNext} was given. @throws MalformedError for anything else.
 */
export function parseNext<K>(
  kind: string,
  keyOf: (id: string) => K,
  next: string | undefined,
): K | undefined {
  if (next === undefined) return undefined;
  const key = decodeBase64url(next)?.toString('utf8');
  if (key?.startsWith(`${kind}#`) !== true || key.length > 100) throw new MalformedError('next');
  return keyOf(key.slice(kind.length + 1));
}
