import type { DelegatedKey } from '../../domain/instances/delegation.ts';
import type { Inventory } from '../../platform/ports.ts';
import type { InstanceSettings } from '../../domain/instances/settings.ts';
import type { DrawKey, Mailbox, OpenKey } from '../../domain/mailbox/ports.ts';
import type { Audit, Clock } from '../../platform/ports.ts';

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
