import { createHmac, timingSafeEqual } from 'node:crypto';
import { encryptJwe } from '../../../protocol/jose/jwe.ts';
import { signJws } from '../../../protocol/jose/jws.ts';
import { bindingKey, hashSubkey, subkeyOf } from '../../../protocol/preseed-keys.ts';
import type { RegisterRequest, RegisterResponse, Registration } from '../../../protocol/preseed.ts';
import { TYP } from '../../../protocol/release.ts';
import type { ServerItem } from '../../domain/mailbox/items.ts';
import { secretContext } from '../../domain/mailbox/sealing.ts';
import type { Deps } from './deps.ts';
import { alarmed, refused, type Refused } from './outcome.ts';

const ANSWER_SECONDS = 120;

/** Members that identify a registration. */
export type Registered = Pick<ServerItem, 'server' | 'instance' | 'address' | 'key'>;

/** HMAC under a key that only a holder of the secret can derive. */
export function bindingOf(secret: Uint8Array, { server, instance, address, key }: Registered): string {
  const text = [server, instance, address, key].join('\n');
  return createHmac('sha256', bindingKey(secret)).update(text).digest('base64url');
}

/** Opens the secret of a registration. */
export async function openSecret(deps: Deps, item: ServerItem): Promise<Buffer | Refused> {
  const context = secretContext(deps.settings.stage, item.server);
  const secret = await deps.openKey(Buffer.from(item.secret ?? '', 'base64url'), context);
  if (secret === undefined) return alarmed('unsealable');
  if (equal(bindingOf(secret, item), item.binding ?? '')) return secret;
  secret.fill(0);
  return alarmed('binding');
}

/**
 * Checks that this instance has registered, and presents the subkey. Role credentials alone are not enough: any process
 * on the instance that reaches IMDS has them.
 */
export function authorize(
  item: ServerItem | undefined,
  caller: { readonly instance: string; readonly address: string },
  subkey: string,
): ServerItem | Refused {
  if (item === undefined) return refused('unknown-server');
  if (item.state === 'created' || item.state === 'withdrawn') return refused(item.state);
  if (item.instance !== caller.instance) return refused('other-instance');
  if (item.address !== caller.address) return refused('address');
  if (!equal(hashSubkey(Buffer.from(subkey, 'base64url')), item.subkey ?? '')) return refused('subkey');
  if (item.contested) return refused('contested');
  return item;
}

/** Seals the registration to the key of the request and signs it. Zeroes the secret. */
export async function sealRegistration(
  deps: Deps,
  instance: string,
  secret: Buffer,
  request: RegisterRequest,
): Promise<RegisterResponse> {
  try {
    const { delegation, sign } = await deps.delegatedKey();
    const registration: Registration = {
      v: 1,
      nonce: request.nonce,
      instance,
      server: request.server,
      subkey: subkeyOf(secret).toString('base64url'),
      secret: secret.toString('base64url'),
      exp: deps.clock() + ANSWER_SECONDS,
    };
    const plaintext = Buffer.from(JSON.stringify(registration));
    const jwe = encryptJwe(plaintext, request.epk, request.nonce);
    plaintext.fill(0);
    return { delegation, envelope: await signJws(jwe, { typ: TYP.preseed }, sign) };
  } finally {
    secret.fill(0);
  }
}

/** Compares in constant time texts of equal length, as hashes in base64url are. */
function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
