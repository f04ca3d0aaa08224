/** base64url without padding (RFC 4648 section 5), strict in both directions. */

export function encodeBase64url(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString('base64url');
}

/**
 * Decodes strictly: no padding, no characters outside the alphabet, no stray bits.
 * Node's own decoder forgives all three, and two spellings of one value would let
 * a hash or a nonce be compared as text and differ.
 *
 * @returns the bytes, or undefined when `text` is not canonical base64url.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
