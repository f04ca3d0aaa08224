import { randomInt } from 'node:crypto';

/** Crockford's base32 in lower case: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const DIGITS = 26;

/** 130 random bits. Whoever creates a server draws its id, so that a repeated call does not make two. */
export const newServerId = (): string =>
  `srv-${Array.from({ length: DIGITS }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')}`;
