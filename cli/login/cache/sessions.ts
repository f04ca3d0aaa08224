import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import type { Credentials, LoginSession, SessionFacts } from '../credentials.ts';
import { cacheDirectory, privateDirectory, readPrivate, writePrivate } from './directory.ts';
import { keyringKey } from './keyring.ts';

type CacheContext = Pick<Context, 'env' | 'platform' | 'capture' | 'now'>;

/** One file: the facts in clear, and the keys sealed with the keyring's key, or in clear where there is no keyring. */
interface Stored {
  readonly facts: SessionFacts;
  readonly sealed?: { readonly iv: string; readonly tag: string; readonly data: string };
  readonly credentials?: unknown;
}

/** Sessions that `login` keeps, one file each, named by who asked, for which role, and where. */
export class SessionCache {
  private readonly context: CacheContext;
  private readonly root: string;
  private readonly directory: string;

  constructor(context: CacheContext) {
    this.context = context;
    this.root = cacheDirectory(context.env);
    this.directory = join(this.root, 'sessions');
  }

  /** Sessions that have not ended, those that end last first. @throws Failure `refused` for files that others may read. */
  list(): SessionFacts[] {
    return this.names()
      .flatMap((name) => this.read(name)?.facts ?? [])
      .filter((facts) => Date.parse(facts.expires) > this.context.now())
      .toSorted((a, b) => b.expires.localeCompare(a.expires));
  }

  /** The keys of a session; undefined when they are gone, or the keyring's key is. */
  async open(facts: SessionFacts): Promise<Credentials | undefined> {
    const stored = this.read(nameOf(facts));
    if (stored?.sealed === undefined) return parsed(stored?.credentials);
    const key = await keyringKey(this.context, false);
    return key && parsed(unsealed(stored, key));
  }

  /** @returns whether this is the first session that is kept without a keyring: the person should know. */
  async save({ facts, credentials }: LoginSession): Promise<boolean> {
    const key = await keyringKey(this.context, true);
    const stored = key ? { facts, sealed: seal(facts, credentials, key) } : { facts, credentials };
    privateDirectory(this.root);
    this.removeEnded();
    writePrivate(this.directory, nameOf(facts), JSON.stringify(stored));
    if (key) return false;
    const said = join(this.root, 'no-keyring');
    if (existsSync(said)) return false;
    writeFileSync(said, '', { mode: 0o600 });
    return true;
  }

  remove(facts: SessionFacts): void {
    rmSync(join(this.directory, nameOf(facts)), { force: true });
  }

  /** Also what cannot be read, and what has been remembered of spent codes. */
  removeAll(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private removeEnded(): void {
    for (const name of this.names()) {
      const facts = this.read(name)?.facts;
      if (facts === undefined || Date.parse(facts.expires) <= this.context.now())
        rmSync(join(this.directory, name), { force: true });
    }
  }

  private names(): string[] {
    if (!existsSync(this.directory)) return [];
    privateDirectory(this.root);
    privateDirectory(this.directory);
    return readdirSync(this.directory).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
  }

  private read(name: string): Stored | undefined {
    const text = readPrivate(join(this.directory, name));
    if (text === undefined) return undefined;
    try {
      const stored = JSON.parse(text) as Stored;
      return isFacts(stored.facts) && nameOf(stored.facts) === name ? stored : undefined;
    } catch {
      return undefined;
    }
  }
}

const MEMBERS = [
  ...['role', 'roleArn', 'stage', 'region', 'source', 'sourceArn'],
  ...['endpoint', 'accessKeyId', 'issued', 'expires'],
];

const isFacts = (value: unknown): value is SessionFacts =>
  typeof value === 'object' &&
  value !== null &&
  MEMBERS.every((name) => typeof (value as Record<string, unknown>)[name] === 'string');

/** A new session of the same person for the same role takes the place of the old one. */
function nameOf({ source, roleArn, endpoint }: SessionFacts): string {
  const id = createHash('sha256').update(JSON.stringify([source, roleArn, endpoint]));
  return `${id.digest('hex').slice(0, 32)}.json`;
}

/** AES-256-GCM; the facts are authenticated, so that a session cannot be passed off as another role's. */
function seal(facts: SessionFacts, credentials: Credentials, key: Buffer): Stored['sealed'] {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad(facts));
  const data = Buffer.concat([cipher.update(JSON.stringify(credentials)), cipher.final()]);
  const text = (bytes: Buffer) => bytes.toString('base64');
  return { iv: text(iv), tag: text(cipher.getAuthTag()), data: text(data) };
}

function unsealed({ facts, sealed }: Stored, key: Buffer): unknown {
  const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64');
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, bytes(sealed?.iv), { authTagLength: 16 });
    cipher.setAAD(aad(facts)).setAuthTag(bytes(sealed?.tag));
    return JSON.parse(Buffer.concat([cipher.update(bytes(sealed?.data)), cipher.final()]).toString('utf8'));
  } catch {
    return undefined;
  }
}

const aad = (facts: SessionFacts): Buffer =>
  Buffer.from(JSON.stringify(facts, Object.keys(facts).toSorted()));

function parsed(value: unknown): Credentials | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = (value ?? {}) as Record<string, unknown>;
  return typeof accessKeyId === 'string' &&
    typeof secretAccessKey === 'string' &&
    typeof sessionToken === 'string' &&
    typeof expiration === 'string'
    ? { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiration) }
    : undefined;
}
