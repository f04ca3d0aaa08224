import type { VolumeState } from '../../../protocol/operator.ts';
import type { VolumeItem } from './items.ts';

/** Events that move a volume from one state to another. */
export type Transition = 'ready' | 'revoke' | 'restore';

/**
 * Steps the state machine. `restore` gives back the state before: a volume that was revoked while it was enrolling still
 * has what its enrolment needs.
 *
 * @returns the state after, the same state when nothing is left to do (so that a repeated call is harmless), or
 *   undefined when the transition does not exist.
 */
export function transition(
  volume: Pick<VolumeItem, 'state' | 'enrolment'>,
  by: Transition,
): VolumeState | undefined {
  const unrevoked = volume.enrolment === undefined ? 'active' : 'enrolling';
  switch (volume.state) {
    case 'enrolling':
      return { ready: 'active', revoke: 'revoked', restore: 'enrolling' }[by] as VolumeState;
    case 'active':
      return { ready: 'active', revoke: 'revoked', restore: 'active' }[by] as VolumeState;
    case 'revoked':
      return { ready: undefined, revoke: 'revoked' as const, restore: unrevoked as VolumeState }[by];
    case 'destroyed':
      return undefined;
  }
}
