import type { DelegatedKey } from '../../instances/core/delegation.ts';
import type { Inventory } from '../../instances/core/ports.ts';
import type { InstanceSettings } from '../../instances/core/settings.ts';
import type { DrawKey, Mailbox, OpenKey } from '../../mailbox/core/ports.ts';
import type { Audit, Clock } from '../../volumes/core/ports.ts';

/** Everything that a decision is made with. */
export interface Deps {
  readonly settings: InstanceSettings;
  readonly mailbox: Mailbox;
  readonly drawKey: DrawKey;
  readonly openKey: OpenKey;
  readonly inventory: Inventory;
  readonly delegatedKey: () => Promise<DelegatedKey>;
  readonly clock: Clock;
  readonly audit: Audit;
}

/** How often a decision is made anew after losing a race, before the instance is asked to come again. */
export const MAX_ROUNDS = 4;
