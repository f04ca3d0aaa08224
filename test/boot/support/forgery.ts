import { generateKeyPairSync } from 'node:crypto';
import { encodeBase64url } from '../../../protocol/base64url.ts';
import { encryptJwe } from '../../../protocol/jose/jwe.ts';
import { publicJwk } from '../../../protocol/jose/jwk.ts';
import { es256Signer, signJws } from '../../../protocol/jose/jws.ts';
import { TYP, type ReleaseRequest, type ReleaseResponse } from '../../../protocol/release.ts';

/** What an attacker on the network can make: everything right but the signature, which nobody pinned. */
export async function forgeRelease(
  request: ReleaseRequest,
  instance: string,
  luks: string,
): Promise<ReleaseResponse> {
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const delegated = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Math.floor(Date.now() / 1000);
  const envelope = {
    v: 1,
    nonce: request.nonce,
    instance,
    volume: request.volume,
    luks,
    state: 'enrolling',
    keys: [encodeBase64url(Buffer.alloc(64, 1))],
    sealed: 'AAAA',
    recovery: { passphrase: '0'.repeat(32), sealed: 'AAAA' },
    ticket: encodeBase64url(Buffer.alloc(32, 1)),
    entropy: encodeBase64url(Buffer.alloc(64, 1)),
    exp: now + 120,
  };
  const delegation = { use: 'release', jwk: publicJwk(delegated.publicKey), iat: now, exp: now + 3600 };
  const jwe = encryptJwe(Buffer.from(JSON.stringify(envelope)), request.epk, request.nonce);
  return {
    delegation: await signJws(
      JSON.stringify(delegation),
      { typ: TYP.delegation },
      es256Signer(root.privateKey),
    ),
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
