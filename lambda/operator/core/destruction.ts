import type { Decision, Destruction, Recovery, Volume } from '../../../protocol/operator.ts';
import { DESTROY_DAYS } from '../../../protocol/operator.ts';
import { volumeKey, type VolumeItem } from '../../domain/volumes/items.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import type { Deps } from './deps.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import { conflict, CONTENTION, done, NOT_FOUND, type Done, type OperatorFailure } from './outcome.ts';
import { viewVolume } from './views.ts';

const DAY = 86_400;

/** Outcome of a decision: members to write, or `nothing` when it was carried out before. */
type Verdict =
  | { readonly kind: 'write'; readonly set: Partial<VolumeItem> }
  | { readonly kind: 'nothing' }
  | OperatorFailure;

const NOTHING: Verdict = { kind: 'nothing' };
const write = (set: Partial<VolumeItem>): Verdict => ({ kind: 'write', set });

/**
 * Asks for a destruction, or carries one out that was asked for long enough ago. Only a revoked volume can be
 * destroyed: an instance that still boots from it shows in the days between. Asking again does not move the day.
 */
export function destroyVolume(
  deps: Deps,
  luks: string,
  by: string,
  { reason, days = DESTROY_DAYS.default, final = false }: Destruction,
): Promise<Done<Volume> | OperatorFailure> {
  return change(deps, luks, by, reason, (item) => {
    if (item.state === 'destroyed') return NOTHING;
    if (item.state !== 'revoked') return conflict(`The volume is ${item.state}: revoke it first.`);
    if (!final) return item.destroy === undefined ? write({ destroy: deps.clock() + days * DAY }) : NOTHING;
    if (item.destroy === undefined) return conflict('Nobody has asked for its destruction yet.');
    if (item.destroy > deps.clock()) return conflict(`Not before ${isoTime(item.destroy)}.`);
    return write(DESTROYED);
  });
}

/** Calls a destruction off. */
export function keepVolume(
  deps: Deps,
  luks: string,
  by: string,
  { reason }: Decision,
): Promise<Done<Volume> | OperatorFailure> {
  return change(deps, luks, by, reason, (item) => {
    if (item.state === 'destroyed') return conflict('The volume is destroyed: its key is gone.');
    return item.destroy === undefined ? NOTHING : write({ destroy: undefined });
  });
}

/** Hands out the custodian's ciphertext. KMS decides who may open it, not this service. */
export async function recoverVolume(deps: Deps, luks: string): Promise<Done<Recovery> | OperatorFailure> {
  const item = await deps.table.read(volumeKey(luks));
  if (item === undefined) return NOT_FOUND;
  const { instance, volume, recovery: ciphertext } = item;
  if (ciphertext === undefined)
    return conflict(
      item.state === 'destroyed'
        ? 'The volume is destroyed: its recovery key is gone.'
        : 'Its recovery key is in the header of the disk only (docs/operate/runbook.md, The recovery key).',
    );
  return done({ luks, instance, volume, ciphertext });
}

/** Leaves a record of the volume: without one, a disk could bring its sealed key back. */
const DESTROYED: Partial<VolumeItem> = {
  state: 'destroyed',
  sealed: '',
  recovery: undefined,
  recoverable: false,
  enrolment: undefined,
  current: undefined,
  next: undefined,
  salt: undefined,
  retired: undefined,
  grant: undefined,
  destroy: undefined,
};

function change(
  deps: Deps,
  luks: string,
  by: string,
  reason: string | undefined,
  decide: (item: VolumeItem) => Verdict,
): Promise<Done<Volume> | OperatorFailure> {
  return decideAnew(async () => {
    const item = await deps.table.read(volumeKey(luks));
    if (item === undefined) return NOT_FOUND;
    const verdict = decide(item);
    if (verdict.kind === 'nothing') return done(viewVolume(item));
    if (verdict.kind !== 'write') return verdict;
    const set = { ...verdict.set, by, reason, updated: isoTime(deps.clock()) };
    const expected = { state: item.state, destroy: item.destroy };
    const changed = await deps.table.change(volumeKey(luks), expected, set);
    return changed ? done(viewVolume({ ...item, ...set })) : AGAIN;
  }, CONTENTION);
}
