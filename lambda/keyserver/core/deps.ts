import type { Audit, Clock, Random, Table } from '../../volumes/core/ports.ts';
import type { DelegatedKey } from '../../instances/core/delegation.ts';
import type { Inventory } from '../../instances/core/ports.ts';
import type { RecoveryKey, SealKey } from './ports.ts';
import type { Settings } from './settings.ts';

/** Everything that a decision is made with. */
export interface Deps {
  readonly settings: Settings;
  readonly table: Table;
  readonly sealKey: SealKey;
  readonly recoveryKey: RecoveryKey;
  readonly inventory: Inventory;
  readonly delegatedKey: () => Promise<DelegatedKey>;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: Audit;
}

/** How often a decision is made anew after losing a race, before the instance is asked to come again. */
export const MAX_ROUNDS = 4;
