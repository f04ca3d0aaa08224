import type { ReleaseRequest } from '../../../protocol/release.ts';
import { diskKeyContext, enrolmentContext } from '../../domain/volumes/encryption-context.ts';
import type { VolumeItem } from '../../domain/volumes/items.ts';
import { firstTicket } from '../../domain/volumes/tickets.ts';
import type { Deps } from './deps.ts';
import { refused, type Refused } from './outcome.ts';

/** A positive decision before it is sealed to the caller. `sealEnvelope` zeroes the buffers. */
export interface Grant {
  readonly kind: 'granted';
  readonly volume: VolumeItem;
  readonly diskKey: Buffer;
  readonly ticket: Buffer;
  readonly passphrase?: string;
}

/** Takes one KMS request. @returns undefined when the stored key was not sealed for this volume and instance. */
export function unsealDiskKey(deps: Deps, volume: VolumeItem): Promise<Buffer | undefined> {
  const context = diskKeyContext(deps.settings.stage, volume.luks, volume.instance);
  return deps.sealKey.unseal(Buffer.from(volume.sealed, 'base64url'), context);
}

/** Grants an enrolling volume the same way every time: a power cut at any point is harmless. */
export async function grantEnrolling(deps: Deps, volume: VolumeItem): Promise<Grant | Refused> {
  const context = enrolmentContext(deps.settings.stage, volume.luks, volume.instance);
  const sealedPassphrase = Buffer.from(volume.enrolment ?? '', 'base64url');
  const [diskKey, passphrase] = await Promise.all([
    unsealDiskKey(deps, volume),
    deps.sealKey.unseal(sealedPassphrase, context),
  ]);
  if (diskKey === undefined || passphrase === undefined) return refused('unsealable');
  const ticket = firstTicket(diskKey, volume.luks, 'enrolment');
  const text = passphrase.toString('ascii');
  passphrase.fill(0);
  return { kind: 'granted', volume, diskKey, ticket, passphrase: text };
}

/** Decodes the ticket that a request presents. */
export function presentedTicket(request: Pick<ReleaseRequest, 'ticket'>): Buffer | undefined {
  return request.ticket === undefined ? undefined : Buffer.from(request.ticket, 'base64url');
}
