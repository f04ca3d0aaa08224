import { generateKeyPairSync } from 'node:crypto';
import { encodeBase64url } from '../../../protocol/base64url.ts';
import { encryptJwe } from '../../../protocol/jose/jwe.ts';
import { publicJwk } from '../../../protocol/jose/jwk.ts';
import { es256Signer, signJws, type Es256Signer } from '../../../protocol/jose/jws.ts';
import { TYP, type ReleaseRequest, type ReleaseResponse } from '../../../protocol/release.ts';

/** A key that no image pins. */
export function strangersKey(): Es256Signer {
  return es256Signer(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/** An answer that is right in all but who vouches for it, or in what `change` makes of it. It would have the disk formatted. */
export async function forgeRelease(
  root: Es256Signer,
  request: ReleaseRequest,
  change: { readonly instance: string; readonly luks: string; readonly volume?: string },
): Promise<ReleaseResponse> {
  const delegated = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Math.floor(Date.now() / 1000);
  const envelope = {
    v: 1,
    nonce: request.nonce,
    volume: request.volume,
    state: 'enrolling',
    keys: [encodeBase64url(Buffer.alloc(64, 1))],
    sealed: 'AAAA',
    recovery: { passphrase: '0'.repeat(32), sealed: 'AAAA' },
    ticket: encodeBase64url(Buffer.alloc(32, 1)),
    entropy: encodeBase64url(Buffer.alloc(64, 1)),
    exp: now + 120,
    ...change,
  };
  const delegation = { use: 'release', jwk: publicJwk(delegated.publicKey), iat: now, exp: now + 3600 };
  const jwe = encryptJwe(Buffer.from(JSON.stringify(envelope)), request.epk, request.nonce);
  return {
    delegation: await signJws(JSON.stringify(delegation), { typ: TYP.delegation }, root),
    envelope: await signJws(jwe, { typ: TYP.release }, es256Signer(delegated.privateKey)),
  };
}

/** The same answer with one bit of the envelope's payload changed. */
export function flipBit(response: ReleaseResponse): ReleaseResponse {
  const parts = response.envelope.split('.');
  const payload = Buffer.from(parts[1] ?? '', 'base64url');
  const at = payload.length >> 1;
  payload.writeUInt8(payload.readUInt8(at) ^ 1, at);
  return { ...response, envelope: parts.with(1, encodeBase64url(payload)).join('.') };
}
