import { diskKeyContext } from '../../domain/volumes/encryption-context.ts';
import { claimKey, volumeKey, type RequestItem, type VolumeItem } from '../../domain/volumes/items.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import type { Deps } from './deps.ts';
import { conflict, CONTENTION, NOT_FOUND, type OperatorFailure } from './outcome.ts';

/**
 * Brings about what approving a request means. Every step can be repeated, after a crash at any point.
 *
 * @returns undefined when it has been done, now or before.
 */
export async function carryOut(
  deps: Deps,
  request: RequestItem,
  by: string,
  reason: string | undefined,
): Promise<OperatorFailure | undefined> {
  switch (request.pending) {
    case 'moved':
      return move(deps, request, by, reason);
    case 're-enrolment':
      return replaceClaim(deps, request);
    case 'unknown-volume':
      return recordAgain(deps, request, by, reason);
    case 'enrolment':
    case 'stale-ticket':
    case 'unknown-ticket':
    case 'no-ticket':
      // The keyserver acts on the mark itself.
      return undefined;
  }
}

async function move(
  deps: Deps,
  request: RequestItem,
  by: string,
  reason: string | undefined,
): Promise<OperatorFailure | undefined> {
  const { luks = '', instance, address, image } = request;
  const volume = await deps.table.read(volumeKey(luks));
  if (volume === undefined) return NOT_FOUND;
  if (volume.instance !== instance) {
    if (volume.state !== 'active') return conflict(`The volume is ${volume.state}: it cannot be moved.`);
    if (volume.instance !== request.from)
      return conflict('The volume has been moved elsewhere since this was asked.');
    const sealed = await resealed(deps, volume, instance);
    const set = { instance, address, image, sealed, by, reason, updated: isoTime(deps.clock()) };
    const expected = { state: volume.state, instance: volume.instance, sealed: volume.sealed };
    if (!(await deps.table.change(volumeKey(luks), expected, set))) return CONTENTION;
  }
  await deps.table.create({ ...claimKey(instance, request.volume), luks });
  return undefined;
}

async function resealed(deps: Deps, volume: VolumeItem, instance: string): Promise<string> {
  const from = diskKeyContext(deps.stage, volume.luks, volume.instance);
  const to = diskKeyContext(deps.stage, volume.luks, instance);
  return (await deps.reseal(Buffer.from(volume.sealed, 'base64url'), from, to)).toString('base64url');
}

/** A claim that names another volume by now has been replaced before. */
async function replaceClaim(deps: Deps, request: RequestItem): Promise<undefined> {
  const key = claimKey(request.instance, request.volume);
  await deps.table.change(key, { luks: request.replaces }, { luks: deps.random.uuid() });
  return undefined;
}

async function recordAgain(
  deps: Deps,
  request: RequestItem,
  by: string,
  reason: string | undefined,
): Promise<OperatorFailure | undefined> {
  const { luks = '', instance, volume, address, image, sealed = '' } = request;
  const now = isoTime(deps.clock());
  const item: VolumeItem = {
    ...volumeKey(luks),
    kind: 'volume',
    luks,
    volume,
    instance,
    address,
    image,
    state: 'active',
    created: now,
    updated: now,
    sealed,
    // The ciphertext is in the header's token, and the keyserver has not seen it.
    recoverable: false,
    by,
    reason,
  };
  if (!(await deps.table.create(item))) {
    const stored = await deps.table.read(volumeKey(luks));
    if (stored?.instance !== instance)
      return conflict('The volume has been recorded for another instance since.');
  }
  await deps.table.create({ ...claimKey(instance, volume), luks });
  return undefined;
}
