import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { blobOf, kindOf } from '../../protocol/ssh/public-key.ts';
import { readOpensshKey } from '../../protocol/ssh/openssh-private.ts';
import { KeyFormatError } from '../../protocol/ssh/wire.ts';

/** One key of a file. */
export interface SshKey {
  /** The public key as SSH has it on the wire. */
  readonly blob: Buffer;
  readonly comment?: string | undefined;
  readonly privateKey?: KeyObject | undefined;
  /** Whether there is a private key that stays closed. */
  readonly encrypted?: boolean;
}

/** Asks for the passphrase of the file. @returns undefined when nobody can be asked, or nobody answers. */
export type AskPassphrase = (again: boolean) => Promise<string | undefined>;

const TRIES = 3;
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([^]*?)-----END \1-----/;
const RFC4716 = /---- BEGIN SSH2 PUBLIC KEY ----([^]*?)---- END SSH2 PUBLIC KEY ----/;
/** A kind, and the key in base64; before it may be options of authorized_keys, after it a comment. */
const LINE = /(?:^|\s)((?:ssh|ecdsa|sk)-[\w@.-]+)\s+(AAAA[A-Za-z0-9+/]+={0,2})(?:\s+(.*))?$/;

/**
 * Every key of a file: public keys as OpenSSH or RFC 4716 write them, private keys of OpenSSH, PKCS#1, SEC 1 and
 * PKCS#8 in PEM, and public ones in PEM.
 *
 * @throws KeyFormatError
 */
export async function readKeys(content: string, ask: AskPassphrase): Promise<SshKey[]> {
  const pem = PEM.exec(content);
  if (pem !== null) return [await readPem(pem[0], pem[1] ?? '', pem[2] ?? '', ask)];
  const rfc4716 = RFC4716.exec(content);
  if (rfc4716 !== null) return [readRfc4716(rfc4716[1] ?? '')];
  const lines = content.split(/\r?\n/).filter((line) => /^\s*[^#\s]/.test(line));
  if (lines.length === 0) throw new KeyFormatError('it is empty');
  return lines.map(readLine);
}

function readLine(line: string): SshKey {
  const [, kind, key, comment] = LINE.exec(line.trim()) ?? [];
  if (kind === undefined || key === undefined) throw new KeyFormatError('it is no SSH key');
  const blob = Buffer.from(key, 'base64');
  if (kindOf(blob) !== kind) throw new KeyFormatError('its key is not of the kind that it says');
  return { blob, comment };
}

function readRfc4716(body: string): SshKey {
  const joined = body.replaceAll(/\\\r?\n/g, '');
  const comment = /^Comment:\s*"?(.*?)"?\s*$/im.exec(joined)?.[1];
  const base64 = joined.split(/\r?\n/).filter((line) => !line.includes(':'));
  const blob = Buffer.from(base64.join(''), 'base64');
  kindOf(blob);
  return { blob, comment };
}

async function readPem(pem: string, label: string, body: string, ask: AskPassphrase): Promise<SshKey> {
  if (label === 'OPENSSH PRIVATE KEY') return readOpensshKey(Buffer.from(body, 'base64'));
  if (label.endsWith('PUBLIC KEY')) return { blob: blobOf(understood(() => createPublicKey(pem))) };
  if (!label.endsWith('PRIVATE KEY'))
    throw new KeyFormatError(`it holds a ${label.toLowerCase()}, not a key`);
  const closed = label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(body);
  const privateKey = closed ? await opened(pem, ask) : understood(() => createPrivateKey(pem));
  return { blob: blobOf(createPublicKey(privateKey)), privateKey };
}

async function opened(pem: string, ask: AskPassphrase): Promise<KeyObject> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const passphrase = await ask(attempt > 1);
    if (passphrase === undefined || passphrase === '') break;
    try {
      return createPrivateKey({ key: pem, passphrase });
    } catch {
      // A wrong passphrase and a damaged file look the same.
    }
  }
  throw new KeyFormatError(
    'it is closed by a passphrase, and nothing of it can be read without; take the public key file beside it',
  );
}

function understood(read: () => KeyObject): KeyObject {
  try {
    return read();
  } catch {
    throw new KeyFormatError('it is damaged, or of a kind that is not known here');
  }
}
