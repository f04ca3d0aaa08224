import type { ReleaseRequest } from '../../../protocol/release.ts';
import { diskKeyContext } from '../../domain/volumes/encryption-context.ts';
import { volumeKey, type VolumeItem } from '../../domain/volumes/items.ts';
import { firstTicket, hashTicket, judgeTicket, nextTicket, startAt } from '../../domain/volumes/tickets.ts';
import type { Caller } from '../../domain/instances/caller.ts';
import { CONTENTION } from '../../domain/instances/outcome.ts';
import { AGAIN, decideAnew, type Again } from '../../domain/lost-races.ts';
import type { Deps } from './deps.ts';
import { doubt, type Circumstances } from './doubt.ts';
import { circumstances } from './enrol.ts';
import { grantEnrolling, presentedTicket, unsealDiskKey, type Grant } from './grant.ts';
import { refused, type Failure } from './outcome.ts';

/**
 * Unlocks a device with a LUKS header. Warm and undoubted, that takes one read, at most one write and one KMS request.
 */
export function unlock(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
  luks: string,
): Promise<Grant | Failure> {
  return decideAnew(async () => {
    const volume = await deps.table.read(volumeKey(luks));
    return volume === undefined
      ? unlockUnknown(deps, caller, request, luks)
      : unlockKnown(deps, caller, request, volume);
  }, CONTENTION);
}

async function unlockKnown(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
  volume: VolumeItem,
): Promise<Grant | Failure | Again> {
  if (volume.state === 'revoked' || volume.state === 'destroyed') return refused(volume.state);
  if (volume.volume !== request.volume) return refused('volume-name');
  if (volume.instance !== caller.instance) return unlockMoved(deps, caller, request, volume);
  if (volume.address !== caller.address) return refused('address');
  if (volume.state === 'enrolling') return grantEnrolling(deps, volume);
  return unlockByTicket(deps, caller, request, volume);
}

async function unlockMoved(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
  volume: VolumeItem,
): Promise<Failure | Again> {
  // Half a copy is of no use to another instance, and the right to format must stay with the first one.
  if (volume.state === 'enrolling') return refused('enrolling-elsewhere');
  const decision = await doubt(deps, caller, request, 'moved', async () => {
    const described = await circumstances(deps, caller);
    return described.kind === 'circumstances' ? { ...described, from: volume.instance } : described;
  });
  if (decision.kind !== 'approved') return decision;
  // The volume is moved before the request is marked: bound to another instance now, that approval has been used up.
  const now = await deps.table.read(volumeKey(volume.luks));
  return now?.instance === caller.instance ? AGAIN : refused('approval-spent');
}

async function unlockUnknown(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
  luks: string,
): Promise<Failure | Again> {
  if (request.sealed === undefined) return refused('unknown-volume');
  const sealed = request.sealed;
  const decision = await doubt(deps, caller, request, 'unknown-volume', async () => {
    // An approval records the key for good: only one that KMS sealed for this very volume and instance gets that far.
    const context = diskKeyContext(deps.settings.stage, luks, caller.instance);
    const diskKey = await deps.sealKey.unseal(Buffer.from(sealed, 'base64url'), context);
    if (diskKey === undefined) return refused('unsealable');
    diskKey.fill(0);
    const described: Circumstances | Failure = await circumstances(deps, caller);
    return described.kind === 'circumstances' ? { ...described, sealed } : described;
  });
  return decision.kind === 'approved' ? AGAIN : decision;
}

async function unlockByTicket(
  deps: Deps,
  caller: Caller,
  request: ReleaseRequest,
  volume: VolumeItem,
): Promise<Grant | Failure | Again> {
  const ticket = presentedTicket(request);
  const judgement = judgeTicket(volume, ticket);
  if (ticket === undefined || judgement.kind === 'doubt') {
    const reason = judgement.kind === 'doubt' ? judgement.reason : 'no-ticket';
    const { image } = volume;
    const described = (): Promise<Circumstances> => Promise.resolve({ kind: 'circumstances', image });
    const decision = await doubt(deps, caller, request, reason, described);
    return decision.kind === 'approved' ? grantApproved(deps, volume, decision.item.id) : decision;
  }
  const diskKey = await unsealDiskKey(deps, volume);
  if (diskKey === undefined) return refused('unsealable');
  if (judgement.kind === 'current') {
    return { kind: 'granted', volume, diskKey, ticket: nextTicket(volume.salt ?? '', ticket) };
  }
  const promoted = await resetTickets(deps, volume, ticket, {});
  if (promoted === undefined) {
    diskKey.fill(0);
    return AGAIN;
  }
  return { kind: 'granted', volume: promoted, diskKey, ticket: nextTicket(promoted.salt ?? '', ticket) };
}

/** Starts a new chain of tickets, once for each approval; asked again by the same boot, it answers the same. */
async function grantApproved(deps: Deps, volume: VolumeItem, id: string): Promise<Grant | Failure | Again> {
  const diskKey = await unsealDiskKey(deps, volume);
  if (diskKey === undefined) return refused('unsealable');
  const ticket = firstTicket(diskKey, volume.luks, id);
  const isStarted = hashTicket(ticket) === volume.current;
  if (!isStarted && volume.grant === id) {
    // The chain has moved on. Starting it again would make the honest client's ticket a stale one.
    diskKey.fill(0);
    return refused('approval-spent');
  }
  const granted = isStarted ? volume : await resetTickets(deps, volume, ticket, { grant: id });
  if (granted === undefined) {
    diskKey.fill(0);
    return AGAIN;
  }
  return { kind: 'granted', volume: granted, diskKey, ticket };
}

/** @returns the volume as stored, or undefined when it changed since it was read. */
async function resetTickets(
  deps: Deps,
  volume: VolumeItem,
  ticket: Buffer,
  set: Partial<VolumeItem>,
): Promise<VolumeItem | undefined> {
  const { state, instance, current, next, grant } = volume;
  const change = { ...startAt(ticket, volume, deps.random), ...set };
  const done = await deps.table.change(
    volumeKey(volume.luks),
    { state, instance, current, next, grant },
    change,
  );
  return done ? { ...volume, ...change } : undefined;
}
