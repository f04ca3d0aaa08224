import { expect } from '@jest/globals';

/** Whether jest was told to write snapshots anew (`-u`). */
export function isUpdating(): boolean {
  const { snapshotState } = expect.getState() as unknown as { snapshotState: { _updateSnapshot: string } };
  return snapshotState._updateSnapshot === 'all';
}
