import type { DecisionRecord } from '../../domain/audit.ts';
import type { DelegatedKey } from '../../domain/instances/delegation.ts';
import type { InstanceSettings } from '../../domain/instances/settings.ts';
import type { Mailbox } from '../../domain/mailbox/mailbox.ts';
import type { Audit } from '../../platform/ports/audit.ts';
import type { Clock } from '../../platform/ports/clock.ts';
import type { Inventory } from '../../platform/ports/inventory.ts';
import type { Decrypt, DrawKey } from '../../platform/ports/keys.ts';

/** Everything that a decision is made with. */
export interface Deps {
  readonly settings: InstanceSettings;
  readonly mailbox: Mailbox;
  /** 32 bytes under preseed's seal key. */
  readonly drawKey: DrawKey;
  readonly openKey: Decrypt;
  readonly inventory: Inventory;
  readonly delegatedKey: () => Promise<DelegatedKey>;
  readonly clock: Clock;
  readonly audit: Audit<DecisionRecord>;
}
