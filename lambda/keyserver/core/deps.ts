import type { DecisionRecord } from '../../domain/audit.ts';
import type { DelegatedKey } from '../../domain/instances/delegation.ts';
import type { VolumeTable } from '../../domain/volumes/table.ts';
import type { Audit } from '../../platform/ports/audit.ts';
import type { Clock } from '../../platform/ports/clock.ts';
import type { Inventory } from '../../platform/ports/inventory.ts';
import type { Decrypt, DrawKey, Encrypt, PublicKey } from '../../platform/ports/keys.ts';
import type { Random } from '../../platform/ports/random.ts';
import type { Settings } from './settings.ts';

/** Everything that a decision is made with. */
export interface Deps {
  readonly settings: Settings;
  readonly table: VolumeTable;
  readonly sealKey: SealKey;
  /** RSA: only a custodian can decrypt with it. */
  readonly recoveryKey: PublicKey;
  readonly inventory: Inventory;
  readonly delegatedKey: () => Promise<DelegatedKey>;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: Audit<DecisionRecord>;
}

/** The symmetric KMS key that disk keys are sealed by. */
export interface SealKey {
  readonly generate: DrawKey;
  readonly seal: Encrypt;
  readonly unseal: Decrypt;
}
