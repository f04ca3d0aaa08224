/**
 * Turns an ECDSA signature as KMS gives it, DER (`SEQUENCE { INTEGER r, INTEGER s }`, RFC 3279 section 2.2.3), into
 * what JWS has: r and s as 32 bytes each, one behind the other (RFC 7518 section 3.4).
 *
 * Throws RangeError on anything that is not exactly that DER: the signature then came from somewhere else.
 */
export function ecdsaDerToRaw(der: Uint8Array): Buffer {
  expect(der[0] === 0x30 && der[1] === der.length - 2);
  const [r, afterR] = readInteger(der, 2);
  const [s, end] = readInteger(der, afterR);
  expect(end === der.length);
  return Buffer.concat([r, s]);
}

function readInteger(der: Uint8Array, at: number): [Buffer, number] {
  const length = der[at + 1] ?? 0;
  expect(der[at] === 0x02 && length > 0);
  const end = at + 2 + length;
  let bytes = der.subarray(at + 2, end);
  while (bytes.length > 1 && bytes[0] === 0) bytes = bytes.subarray(1);
  expect(bytes.length <= 32 && end <= der.length);
  const out = Buffer.alloc(32);
  out.set(bytes, 32 - bytes.length);
  return [out, end];
}

function expect(isSo: boolean): void {
  if (!isSo) throw new RangeError('not a DER ECDSA signature');
}
