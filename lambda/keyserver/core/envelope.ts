import { encryptJwe } from '../../../protocol/jose/jwe.ts';
import { signJws } from '../../../protocol/jose/jws.ts';
import {
  TYP,
  type ReadyReceipt,
  type ReadyRequest,
  type ReadyResponse,
  type ReleaseEnvelope,
  type ReleaseRequest,
  type ReleaseResponse,
} from '../../../protocol/release.ts';
import type { VolumeItem } from '../../domain/volumes/items.ts';
import type { Deps } from './deps.ts';
import type { Grant } from './grant.ts';

const ANSWER_SECONDS = 120;
const ENTROPY_BYTES = 64;

/** Seals a grant to the ephemeral key of the request and signs it. Zeroes the key material of the grant. */
export async function sealEnvelope(
  deps: Deps,
  grant: Grant,
  request: ReleaseRequest,
): Promise<ReleaseResponse> {
  const { volume, diskKey, ticket, passphrase } = grant;
  try {
    const { delegation, sign } = await deps.delegatedKey();
    const recovery = passphrase === undefined ? undefined : { passphrase, sealed: volume.recovery ?? '' };
    const envelope: ReleaseEnvelope = {
      v: 1,
      nonce: request.nonce,
      instance: volume.instance,
      volume: volume.volume,
      luks: volume.luks,
      state: volume.state === 'enrolling' ? 'enrolling' : 'active',
      keys: [diskKey.toString('base64url')],
      sealed: volume.sealed,
      ...(recovery === undefined ? {} : { recovery }),
      ticket: ticket.toString('base64url'),
      ...(volume.header === undefined ? {} : { header: volume.header }),
      entropy: deps.random.bytes(ENTROPY_BYTES).toString('base64url'),
      exp: deps.clock() + ANSWER_SECONDS,
    };
    const plaintext = Buffer.from(JSON.stringify(envelope));
    const jwe = encryptJwe(plaintext, request.epk, request.nonce);
    plaintext.fill(0);
    return { delegation, envelope: await signJws(jwe, { typ: TYP.release }, sign) };
  } finally {
    diskKey.fill(0);
    ticket.fill(0);
  }
}

/** Signs the acknowledgement: a forged 200 must not end an enrolment early. */
export async function signReceipt(
  deps: Deps,
  volume: VolumeItem,
  request: ReadyRequest,
): Promise<ReadyResponse> {
  const { delegation, sign } = await deps.delegatedKey();
  const receipt: ReadyReceipt = {
    v: 1,
    nonce: request.nonce,
    instance: volume.instance,
    volume: volume.volume,
    luks: volume.luks,
    header: request.header,
    exp: deps.clock() + ANSWER_SECONDS,
  };
  return { delegation, receipt: await signJws(JSON.stringify(receipt), { typ: TYP.ready }, sign) };
}
