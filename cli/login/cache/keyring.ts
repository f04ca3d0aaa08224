import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Context } from '../../context.ts';

/** Milliseconds: somebody may have to unlock the keyring first. */
const TIMEOUT = 30_000;
const KEY_BYTES = 32;
const SECRET_TOOL = ['application', 'sealroot', 'purpose', 'session-cache'];
const SECURITY = ['-s', 'sealroot', '-a', 'session-cache'];

type KeyringContext = Pick<Context, 'env' | 'platform' | 'capture'>;

/**
 * The cache's key from the system's keyring: the Secret Service on Linux (secret-tool), the keychain on macOS
 * (security). The key goes through pipes, never over a command line.
 *
 * @param create whether to make one when the keyring has none.
 * @returns undefined when there is no keyring, it stays locked, or SEALROOT_KEYRING is `off`.
 */
export async function keyringKey(context: KeyringContext, create: boolean): Promise<Buffer | undefined> {
  if (context.env['SEALROOT_KEYRING'] === 'off') return undefined;
  const keyring = keyringOf(context);
  if (keyring === undefined) return undefined;
  try {
    const found = decoded(await keyring.lookup());
    if (found !== undefined || !create) return found;
    await keyring.store(randomBytes(KEY_BYTES).toString('base64'));
    // The key that is read back is the one that the next login finds, even if another was stored in the meantime.
    return decoded(await keyring.lookup());
  } catch {
    return undefined;
  }
}

interface Keyring {
  lookup(): Promise<string>;
  store(secret: string): Promise<unknown>;
}

function keyringOf({ env, platform, capture }: KeyringContext): Keyring | undefined {
  const ask = async (command: string, args: readonly string[], input = '') =>
    (await capture(command, args, { input, timeout: TIMEOUT, quiet: true })).stdout;
  if (platform === 'darwin') {
    return {
      lookup: () => ask('security', ['find-generic-password', ...SECURITY, '-w']),
      store: (secret) =>
        ask('security', ['-i'], `add-generic-password -U ${SECURITY.join(' ')} -w ${secret}\n`),
    };
  }
  if (platform !== 'linux' || !hasSessionBus(env)) return undefined;
  return {
    lookup: () => ask('secret-tool', ['lookup', ...SECRET_TOOL]),
    store: (secret) =>
      ask('secret-tool', ['store', '--label=Sealroot session cache', ...SECRET_TOOL], secret),
  };
}

/** Without one, secret-tool would start a bus, and with it a keyring that nobody can unlock. */
function hasSessionBus(env: NodeJS.ProcessEnv): boolean {
  const runtime = env['XDG_RUNTIME_DIR'];
  return Boolean(env['DBUS_SESSION_BUS_ADDRESS']) || (runtime !== undefined && existsSync(`${runtime}/bus`));
}

function decoded(text: string): Buffer | undefined {
  const key = Buffer.from(text.trim(), 'base64');
  return key.length === KEY_BYTES ? key : undefined;
}
