/** SSH's binary forms: RFC 4251 section 5. */

/** Bytes that are no key, or end too soon. */
export class KeyFormatError extends Error {
  override readonly name = 'KeyFormatError';
}

export class WireReader {
  private readonly bytes: Buffer;
  private offset = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  uint32(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.uint32());
  }

  text(): string {
    return this.string().toString('utf8');
  }

  /** A whole number above zero, big-endian without leading zeros. */
  mpint(): Buffer {
    const bytes = this.string();
    const start = bytes.findIndex((byte) => byte !== 0);
    return start < 0 ? Buffer.alloc(0) : bytes.subarray(start);
  }

  take(count: number): Buffer {
    if (count > this.bytes.length - this.offset) throw new KeyFormatError('it ends too soon');
    this.offset += count;
    return this.bytes.subarray(this.offset - count, this.offset);
  }
}

export function wireString(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value as Buffer);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** @param bytes big-endian without leading zeros. */
export const wireMpint = (bytes: Buffer): Buffer =>
  // A first bit that is set would be a sign.
  wireString((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
