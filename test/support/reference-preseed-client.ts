import type { KeyObject } from 'node:crypto';
import { isInstanceId } from '../../protocol/fields.ts';
import { decryptDirect, directHeader } from '../../protocol/jose/direct.ts';
import { decryptJwe } from '../../protocol/jose/jwe.ts';
import type { EcPublicJwk } from '../../protocol/jose/jwk.ts';
import { verifyJws } from '../../protocol/jose/jws.ts';
import { Message } from '../../protocol/message.ts';
import { messageKey } from '../../protocol/preseed-keys.ts';
import type { Registration, RejectReason } from '../../protocol/preseed.ts';
import { TYP } from '../../protocol/release.ts';
import { MalformedError } from '../../protocol/schema.ts';
import { apvOf, hasLength, isSeconds, openDelegation, parse, type Verdict } from './reference-client.ts';

/**
 * The instance's side of SPEC.md part 2, in the order of the text. What ships is the shell agent; this is what the
 * vectors are made against, and what tests of the service open answers with.
 */
export interface RegistrationExpected {
  readonly trust: readonly EcPublicJwk[];
  readonly now: number;
  readonly nonce: string;
  readonly instance: string;
  readonly server: string;
}

export function openRegistration(
  response: { delegation: string; envelope: string },
  expected: RegistrationExpected,
  privateKey: KeyObject,
): Verdict<Registration> {
  const delegated = openDelegation(response.delegation, 'preseed', expected);
  if (delegated.step !== 'ok') return delegated;
  const jwe = verifyJws(response.envelope, TYP.preseed, delegated.value);
  if (jwe === undefined) return { step: 'signature' };
  if (apvOf(jwe) !== expected.nonce) return { step: 'nonce' };
  const plaintext = decryptJwe(jwe.toString('ascii'), privateKey);
  if (plaintext === undefined) return { step: 'decrypt' };
  const content = parse(plaintext);
  if (!isRegistration(content)) return { step: 'content' };
  if (content.nonce !== expected.nonce) return { step: 'nonce' };
  if (content.instance !== expected.instance) return { step: 'instance' };
  if (content.server !== expected.server) return { step: 'server' };
  if (content.exp <= expected.now) return { step: 'expired' };
  return { step: 'ok', value: content };
}

function isRegistration(
  content: Record<string, unknown> | undefined,
): content is Record<string, unknown> & Registration {
  if (content === undefined) return false;
  const { v, instance, subkey, secret, exp } = content;
  const isNamed = typeof instance === 'string' && isInstanceId(instance);
  return v === 1 && isNamed && hasLength(subkey, 32) && hasLength(secret, 32) && isSeconds(exp);
}

export interface Mailbox {
  readonly server: string;
  readonly secret: Uint8Array;
  readonly now: number;
  /** The highest number that was taken before. */
  readonly after: number;
}

/** 64 KiB in base64url. */
const MAX_CIPHERTEXT = 87_382;
const HEADER = ['alg', 'enc', 'typ', 'server', 'seq', 'exp'].sort().join();
const TYPES = ['inithooks', 'authorized-key', 'file', 'script', 'totp'];

type MessageVerdict = { readonly step: 'ok'; readonly value: Message } | { readonly step: RejectReason };

export function openMessage(jwe: string, mailbox: Mailbox): MessageVerdict {
  const header = directHeader(jwe, TYP.message);
  if (header === undefined || Object.keys(header).sort().join() !== HEADER) return { step: 'malformed' };
  const { server, seq, exp } = header;
  if (server !== mailbox.server || !isSeconds(seq) || !isSeconds(exp)) return { step: 'malformed' };
  if ((jwe.split('.')[3] ?? '').length > MAX_CIPHERTEXT) return { step: 'oversized' };
  if (seq <= mailbox.after) return { step: 'order' };
  const plaintext = decryptDirect(jwe, messageKey(mailbox.secret, mailbox.server, seq), TYP.message);
  if (plaintext === undefined) return { step: 'decrypt' };
  if (exp <= mailbox.now) return { step: 'expired' };
  return openContent(parse(plaintext));
}

function openContent(content: Record<string, unknown> | undefined): MessageVerdict {
  if (typeof content?.['type'] !== 'string') return { step: 'malformed' };
  if (!TYPES.includes(content['type'])) return { step: 'unknown-type' };
  try {
    return { step: 'ok', value: Message.parse(content) as Message };
  } catch (error) {
    if (error instanceof MalformedError) return { step: 'malformed' };
    throw error;
  }
}
