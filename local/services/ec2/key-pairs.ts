import { randomBytes } from 'node:crypto';
import { AwsError } from '../../engine/contracts/errors.ts';
import { StateFile } from '../../engine/state.ts';
import {
  formatPublicKey,
  importedFingerprint,
  makeKeyPair,
  parsePublicKey,
  type SshKeyType,
} from './ssh-keys.ts';

/** A key pair without its private half, which EC2 never keeps. */
export interface KeyPair {
  /** `key-` and 17 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly type: SshKeyType;
  readonly fingerprint: string;
  /** The public key in OpenSSH's format. */
  readonly publicKey: string;
  /** ISO 8601. */
  readonly created: string;
  readonly tags: Readonly<Record<string, string>>;
}

type Stored = Readonly<Record<string, KeyPair>>;
type Tags = KeyPair['tags'];

/** The account's key pairs, in `key-pairs.json`. */
export class KeyPairs {
  readonly #file: StateFile<Stored>;
  #pairs: Stored;

  constructor(state: string) {
    this.#file = new StateFile<Stored>(state, 'key-pairs.json', {});
    this.#pairs = this.#file.read();
  }

  all(): readonly KeyPair[] {
    return Object.values(this.#pairs);
  }

  find(name: string): KeyPair | undefined {
    return Object.hasOwn(this.#pairs, name) ? this.#pairs[name] : undefined;
  }

  /** @returns the new pair and its private half, which nobody has from then on but the caller. */
  create(name: string, type: SshKeyType, tags: Tags): { pair: KeyPair; pem: string } {
    this.#requireFree(name);
    const { publicKey, pem, fingerprint } = makeKeyPair(type);
    const text = formatPublicKey(publicKey, name);
    return { pair: this.#add({ name, type, fingerprint, publicKey: text, tags }), pem };
  }

  /** @param material a line of OpenSSH's public key format. @throws AwsError `InvalidKey.Format` */
  import(name: string, material: string, tags: Tags): KeyPair {
    this.#requireFree(name);
    const key = parsePublicKey(material);
    if (key === undefined) {
      throw new AwsError('InvalidKey.Format', 'Key is not in valid OpenSSH public key format');
    }
    const publicKey = formatPublicKey(key, name);
    return this.#add({ name, type: key.type, fingerprint: importedFingerprint(key), publicKey, tags });
  }

  /** Deletes a key pair; one that is not there is as good as deleted. */
  delete(name: string): void {
    const { [name]: _, ...rest } = this.#pairs;
    this.#write(rest);
  }

  #requireFree(name: string): void {
    if (!/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(name)) {
      throw new AwsError('InvalidParameterValue', `Value (${name}) for parameter KeyName is invalid.`);
    }
    if (this.find(name) !== undefined) {
      throw new AwsError('InvalidKeyPair.Duplicate', `The key pair '${name}' already exists.`);
    }
  }

  #add(facts: Omit<KeyPair, 'id' | 'created'>): KeyPair {
    const id = `key-0${randomBytes(8).toString('hex')}`;
    const pair: KeyPair = { id, created: new Date().toISOString(), ...facts };
    this.#write({ ...this.#pairs, [pair.name]: pair });
    return pair;
  }

  #write(pairs: Stored): void {
    this.#file.write(pairs);
    this.#pairs = pairs;
  }
}
