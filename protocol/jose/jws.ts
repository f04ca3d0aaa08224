import { sign, verify, type KeyObject } from 'node:crypto';
import { decodeBase64url, encodeBase64url } from '../base64url.ts';

/** Signs the ASCII signing input and answers r||s, 64 bytes. Either a local key or KMS stands behind it. */
export type Es256Signer = (signingInput: Buffer) => Buffer | Promise<Buffer>;

/** JWS compact serialization with ES256 (RFC 7515 section 7.1, RFC 7518 section 3.4). */
export async function signJws(
  payload: Uint8Array | string,
  header: { readonly typ: string; readonly kid?: string },
  signer: Es256Signer,
): Promise<string> {
  const protectedHeader = JSON.stringify({ alg: 'ES256', ...header });
  const input = `${encodeBase64url(protectedHeader)}.${encodeBase64url(payload)}`;
  const signature = await signer(Buffer.from(input, 'ascii'));
  if (signature.length !== 64) throw new RangeError('an ES256 signature is 64 bytes');
  return `${input}.${encodeBase64url(signature)}`;
}

export function es256Signer(privateKey: KeyObject): Es256Signer {
  return (input) => sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
}

/**
 * Verifies a compact JWS whose header is exactly ES256 with this `typ`.
 *
 * @returns the payload, or undefined for any failure: the caller has nothing to learn from which one.
 */
export function verifyJws(jws: string, typ: string, publicKey: KeyObject): Buffer | undefined {
  const [head, body, tail, ...rest] = jws.split('.');
  if (head === undefined || body === undefined || tail === undefined || rest.length > 0) return undefined;
  const header = parseHeader(head);
  const payload = decodeBase64url(body);
  const signature = decodeBase64url(tail);
  if (header?.['alg'] !== 'ES256' || header['typ'] !== typ || 'crit' in header) return undefined;
  if (payload === undefined || signature?.length !== 64) return undefined;
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
  return verify('sha256', Buffer.from(`${head}.${body}`, 'ascii'), key, signature) ? payload : undefined;
}

function parseHeader(encoded: string): Record<string, unknown> | undefined {
  const bytes = decodeBase64url(encoded);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
