/** Views the same memory as a Buffer, so that zeroing it zeroes what the SDK held. Throws when KMS left it out. */
export function view(bytes: Uint8Array | undefined): Buffer {
  if (bytes === undefined || bytes.length === 0)
    throw new TypeError('KMS answered without the bytes that were asked for');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
