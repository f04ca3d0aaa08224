/**
 * Time-based one-time passwords: RFC 6238 over RFC 4226, with HMAC-SHA-1, six digits and steps of 30 seconds, which is
 * what AWS's virtual MFA devices and every authenticator app use.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds that one code is shown. */
export const TOTP_STEP_SECONDS = 30;
const DIGITS = 6;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Step of time, RFC 6238's T. @param now milliseconds since the epoch. */
export const totpCounter = (now: number): number => Math.floor(now / 1000 / TOTP_STEP_SECONDS);

/**
 * The code of one step: HOTP, RFC 4226 section 5.3.
 *
 * @param digits 6 everywhere but in RFC 6238's own test vectors.
 */
export function totpCode(secret: Uint8Array, counter: number, digits = DIGITS): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', secret).update(message).digest();
  const offset = (mac[mac.length - 1] ?? 0) & 0xf;
  const truncated = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(truncated % 10 ** digits).padStart(digits, '0');
}

/**
 * Finds the step that a code is of, among those that a clock may be off by.
 *
 * @param after the step of the last code that was accepted: it and those before it are spent (RFC 6238 section 5.2).
 * @param window steps before and after now.
 * @returns undefined when the code is of none.
 */
export function matchTotp(
  secret: Uint8Array,
  code: string,
  { now, after = -1, window = 1 }: { now: number; after?: number; window?: number },
): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const current = totpCounter(now);
  let found: number | undefined;
  // Every step is looked at, so that the time taken says nothing of which one it was.
  for (let counter = Math.max(0, current - window); counter <= current + window; counter += 1) {
    const equal = timingSafeEqual(Buffer.from(totpCode(secret, counter)), Buffer.from(code));
    if (equal && counter > after) found ??= counter;
  }
  return found;
}

/** RFC 4648 section 6, without padding, as authenticator apps take it. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32.charAt((value >>> bits) & 31);
    }
  }
  return bits === 0 ? text : text + BASE32.charAt((value << (5 - bits)) & 31);
}

/**
 * Reads base 32 as people copy it: small letters, blanks and padding are taken too.
 *
 * @throws Error for anything else.
 */
export function decodeBase32(text: string): Uint8Array {
  const symbols = text.replace(/[\s-]/g, '').replace(/=+$/, '').toUpperCase();
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const symbol of symbols) {
    const digit = BASE32.indexOf(symbol);
    if (digit < 0) throw new Error('not base 32');
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >>> bits) & 255);
    }
  }
  // A whole number of bytes leaves less than one symbol over, and that of zeros.
  if (bits >= 5 || (value & ((1 << bits) - 1)) !== 0) throw new Error('not base 32');
  return Uint8Array.from(bytes);
}

/**
 * Writes what authenticator apps read from a QR code
 * (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
 *
 * @param secret base 32.
 */
export function otpauthUri(issuer: string, account: string, secret: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`;
}
