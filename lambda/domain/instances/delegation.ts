import { generateKeyPairSync } from 'node:crypto';
import { es256Signer, signJws, type Es256Signer } from '../../../protocol/jose/jws.ts';
import { publicJwk } from '../../../protocol/jose/jwk.ts';
import {
  MAX_DELEGATION_SECONDS,
  TYP,
  type Delegation,
  type DelegationUse,
} from '../../../protocol/release.ts';
import type { Clock } from '../../platform/ports/clock.ts';
import type { KmsSigner } from '../../platform/ports/keys.ts';

/** Renewed when less than this is left, in seconds. */
const RENEW_BELOW = 600;
/** An answer has to outlive its own `exp`. */
const USABLE_ABOVE = 180;

/** A key pair of this execution environment, and the KMS signature that vouches for it. */
export interface DelegatedKey {
  readonly delegation: string;
  readonly sign: Es256Signer;
  readonly exp: number;
}

/**
 * Keeps one delegated key. Requests that come while it is being renewed wait for the same renewal; when KMS cannot
 * renew it, what is left of its hour is used up.
 */
export function delegatedKeySource(
  signer: KmsSigner,
  clock: Clock,
  use: DelegationUse,
): () => Promise<DelegatedKey> {
  let held: DelegatedKey | undefined;
  let renewal: Promise<DelegatedKey> | undefined;
  return async () => {
    const left = (held?.exp ?? 0) - clock();
    if (held !== undefined && left >= RENEW_BELOW) return held;
    renewal ??= delegate(signer, clock(), use).finally(() => {
      renewal = undefined;
    });
    try {
      held = await renewal;
    } catch (error) {
      if (held === undefined || left < USABLE_ABOVE) throw error;
    }
    return held;
  };
}

async function delegate(signer: KmsSigner, iat: number, use: DelegationUse): Promise<DelegatedKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const exp = iat + MAX_DELEGATION_SECONDS;
  const payload: Delegation = { use, jwk: publicJwk(publicKey), iat, exp };
  const delegation = await signJws(JSON.stringify(payload), { typ: TYP.delegation }, signer);
  return { delegation, sign: es256Signer(privateKey), exp };
}
