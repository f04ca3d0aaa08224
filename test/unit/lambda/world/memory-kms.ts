import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { SealKey } from '../../../../lambda/keyserver/core/deps.ts';
import type {
  DrawKey,
  EncryptionContext,
  KmsSigner,
  PublicKey,
  ReEncrypt,
} from '../../../../lambda/platform/ports/keys.ts';
import { es256Signer } from '../../../../protocol/jose/jws.ts';

const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const recovery = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The key that images pin. */
export const SIGNING_PUBLIC_KEY: KeyObject = signing.publicKey;
export const RECOVERY_PRIVATE_KEY: KeyObject = recovery.privateKey;

/** A KMS that keeps the plaintexts and hands out random handles for them; bound to the context like the real one. */
export class MemoryKms implements SealKey {
  readonly calls: string[] = [];
  readonly #sealed = new Map<string, { plaintext: Buffer; context: string }>();
  isDown = false;

  generate = (context: EncryptionContext): Promise<{ plaintext: Buffer; sealed: Buffer }> => {
    const plaintext = randomBytes(64);
    return this.#call('generate', () => ({ plaintext, sealed: this.#keep(plaintext, context) }));
  };

  /** A data key of 32 bytes, as preseeding draws them. */
  draw: DrawKey = (context) => {
    const plaintext = randomBytes(32);
    return this.#call('generate', () => ({ plaintext, sealed: this.#keep(plaintext, context) }));
  };

  seal = (plaintext: Uint8Array, context: EncryptionContext): Promise<Buffer> =>
    this.#call('seal', () => this.#keep(plaintext, context));

  unseal = (sealed: Uint8Array, context: EncryptionContext): Promise<Buffer | undefined> =>
    this.#call('unseal', () => this.peek(sealed, context));

  reseal: ReEncrypt = (sealed, from, to) =>
    this.#call('reseal', () => {
      const plaintext = this.peek(sealed, from);
      if (plaintext === undefined) throw new Error('InvalidCiphertextException');
      return this.#keep(plaintext, to);
    });

  sign: KmsSigner = (input) => this.#call('sign', () => es256Signer(signing.privateKey)(input));

  recoveryKey: PublicKey = () => Promise.resolve(recovery.publicKey);

  peek(sealed: Uint8Array, context: EncryptionContext): Buffer | undefined {
    const kept = this.#sealed.get(Buffer.from(sealed).toString('hex'));
    return kept?.context === canonical(context) ? Buffer.from(kept.plaintext) : undefined;
  }

  #keep(plaintext: Uint8Array, context: EncryptionContext): Buffer {
    const sealed = randomBytes(48);
    this.#sealed.set(sealed.toString('hex'), {
      plaintext: Buffer.from(plaintext),
      context: canonical(context),
    });
    return sealed;
  }

  async #call<T>(name: string, apply: () => T): Promise<Awaited<T>> {
    this.calls.push(name);
    if (this.isDown) throw new Error('KMS is down');
    return await apply();
  }
}

const canonical = (context: EncryptionContext): string =>
  JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
