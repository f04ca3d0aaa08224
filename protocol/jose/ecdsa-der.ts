/**
 * KMS answers an ECDSA signature as DER (`SEQUENCE { INTEGER r, INTEGER s }`, RFC 3279 section 2.2.3);
 * JWS wants r and s as 32 bytes each, one behind the other (RFC 7518 section 3.4).
 *
 * Throws RangeError on anything that is not exactly that DER: the signature then came from somewhere else.
 */
export function ecdsaDerToRaw(der: Uint8Array): Buffer {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new RangeError('not a DER ECDSA signature');
  const [r, afterR] = readInteger(der, 2);
  const [s, end] = readInteger(der, afterR);
  if (end !== der.length) throw new RangeError('not a DER ECDSA signature');
  return Buffer.concat([r, s]);
}

function readInteger(der: Uint8Array, at: number): [Buffer, number] {
  const length = der[at + 1];
  if (der[at] !== 0x02 || length === undefined || length === 0) {
    throw new RangeError('not a DER ECDSA signature');
  }
  const end = at + 2 + length;
  let bytes = der.subarray(at + 2, end);
  while (bytes.length > 1 && bytes[0] === 0) bytes = bytes.subarray(1);
  if (bytes.length > 32 || end > der.length) throw new RangeError('not a DER ECDSA signature');
  const out = Buffer.alloc(32);
  out.set(bytes, 32 - bytes.length);
  return [out, end];
}
