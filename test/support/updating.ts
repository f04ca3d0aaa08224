import { expect } from '@jest/globals';

/** Whether jest was told to write snapshots anew, and with them pages that are computed. */
export function isUpdating(): boolean {
  const { snapshotState } = expect.getState() as unknown as { snapshotState: { _updateSnapshot: string } };
  return snapshotState._updateSnapshot === 'all';
}
