import type { Decision, Volume, VolumeList } from '../../../protocol/operator.ts';
import { volumeKey } from '../../domain/volumes/items.ts';
import { transition } from '../../domain/volumes/states.ts';
import { isoTime } from '../../platform/time.ts';
import type { Deps } from './deps.ts';
import { formatNext } from './messages.ts';
import { conflict, CONTENTION, MAX_ROUNDS, NOT_FOUND, type OperatorFailure } from './outcome.ts';
import { viewVolume } from './views.ts';

const PAGE = 100;
const TO_BE_DESTROYED = conflict('It is to be destroyed: keep it first (npx sealroot keys keep).');

export interface Done<T> {
  readonly kind: 'done';
  readonly value: T;
}

export const done = <T>(value: T): Done<T> => ({ kind: 'done', value });

export async function listVolumes(deps: Deps, after: string | undefined): Promise<Done<VolumeList>> {
  const { items, next } = await deps.table.list('volume', after, PAGE);
  return done({ volumes: items.map(viewVolume), next: next === undefined ? undefined : formatNext(next) });
}

export async function showVolume(deps: Deps, luks: string): Promise<Done<Volume> | OperatorFailure> {
  const item = await deps.table.read(volumeKey(luks));
  return item === undefined ? NOT_FOUND : done(viewVolume(item));
}

/** Revokes or restores. Done already is done: a repeated call answers the same and changes nothing. */
export async function changeState(
  deps: Deps,
  luks: string,
  action: 'revoke' | 'restore',
  by: string,
  { reason }: Decision,
): Promise<Done<Volume> | OperatorFailure> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const item = await deps.table.read(volumeKey(luks));
    if (item === undefined) return NOT_FOUND;
    const state = transition(item, action);
    if (state === undefined) return conflict(`The volume is ${item.state}: there is nothing to ${action}.`);
    if (state === item.state) return done(viewVolume(item));
    if (item.destroy !== undefined) return TO_BE_DESTROYED;
    const set = { state, by, reason, updated: isoTime(deps.clock()) };
    const expected = { state: item.state, enrolment: item.enrolment, destroy: undefined };
    if (await deps.table.change(volumeKey(luks), expected, set)) return done(viewVolume({ ...item, ...set }));
  }
  return CONTENTION;
}
