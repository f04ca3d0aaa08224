import type { Decision, Volume, VolumeList } from '../../../protocol/operator.ts';
import { volumeKey } from '../../domain/volumes/items.ts';
import { transition } from '../../domain/volumes/states.ts';
import { isoTime } from '../../platform/ports/clock.ts';
import type { Deps } from './deps.ts';
import { listOfKind } from '../../domain/volumes/table.ts';
import { AGAIN, decideAnew } from '../../domain/lost-races.ts';
import { conflict, CONTENTION, done, NOT_FOUND, type Done, type OperatorFailure } from './outcome.ts';
import { formatNext, PAGE, parseNext } from './paging.ts';
import { viewVolume } from './views.ts';

const TO_BE_DESTROYED = conflict('It is to be destroyed: keep it first (sealroot keys keep).');

export async function listVolumes(deps: Deps, next: string | undefined): Promise<Done<VolumeList>> {
  const after = parseNext('volume', volumeKey, next);
  const page = await listOfKind(deps.query, 'volume', after, PAGE);
  const last = page.next === undefined ? undefined : page.items.at(-1);
  return done({ volumes: page.items.map(viewVolume), next: last && formatNext('volume', last.luks) });
}

export async function showVolume(deps: Deps, luks: string): Promise<Done<Volume> | OperatorFailure> {
  const item = await deps.table.read(volumeKey(luks));
  return item === undefined ? NOT_FOUND : done(viewVolume(item));
}

/** Revokes or restores. Done already is done: a repeated call answers the same and changes nothing. */
export function changeState(
  deps: Deps,
  luks: string,
  action: 'revoke' | 'restore',
  by: string,
  { reason }: Decision,
): Promise<Done<Volume> | OperatorFailure> {
  return decideAnew(async () => {
    const item = await deps.table.read(volumeKey(luks));
    if (item === undefined) return NOT_FOUND;
    const state = transition(item, action);
    if (state === undefined) return conflict(`The volume is ${item.state}: there is nothing to ${action}.`);
    if (state === item.state) return done(viewVolume(item));
    if (item.destroy !== undefined) return TO_BE_DESTROYED;
    const set = { state, by, reason, updated: isoTime(deps.clock()) };
    const expected = { state: item.state, enrolment: item.enrolment, destroy: undefined };
    const changed = await deps.table.change(volumeKey(luks), expected, set);
    return changed ? done(viewVolume({ ...item, ...set })) : AGAIN;
  }, CONTENTION);
}
