import type { Table } from '../../domain/volumes/ports.ts';
import type { Audit, Clock, Random } from '../../platform/ports.ts';
import type { DelegatedKey } from '../../domain/instances/delegation.ts';
import type { Inventory } from '../../platform/ports.ts';
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
