import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { decodeBase64url } from '../../../protocol/base64url.ts';
import { APP } from '../../../protocol/names.ts';
import type { EncryptionContext } from '../../platform/ports/keys.ts';

/** Length of a message's data key, and of a registration's secret. */
export const MAILBOX_KEY_BYTES = 32;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Binds the data key of a message to its server: KMS opens it under no other name. */
export const messageContext = (stage: string, server: string): EncryptionContext => ({
  app: APP,
  stage,
  purpose: 'preseed-message',
  server,
});

/** Differs from the messages' context: a caller that may draw keys for messages cannot draw a secret. */
export const secretContext = (stage: string, server: string): EncryptionContext => ({
  app: APP,
  stage,
  purpose: 'preseed-secret',
  server,
});

/** Additional data that binds a message's body. SPEC.md section 19. */
export interface BodyContext {
  readonly server: string;
  readonly seq: number;
  readonly type: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

function additionalData({ server, seq, type, exp }: BodyContext): Buffer {
  return Buffer.from(['sealroot/v1/preseed/at-rest', server, seq, type, exp].join('\n'));
}

/** AES-256-GCM. @returns IV, ciphertext and tag, base64url. */
export function sealBody(plaintext: Uint8Array, key: Uint8Array, context: BodyContext): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(additionalData(context));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

/** @returns undefined when that was never sealed under this key in this context. */
export function openBody(body: string, key: Uint8Array, context: BodyContext): Buffer | undefined {
  const bytes = decodeBase64url(body);
  if (bytes === undefined || bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const end = bytes.length - TAG_BYTES;
  try {
    const iv = bytes.subarray(0, IV_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(additionalData(context)).setAuthTag(bytes.subarray(end));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()]);
  } catch {
    return undefined;
  }
}
