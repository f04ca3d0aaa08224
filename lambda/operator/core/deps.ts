import type { DecisionRecord } from '../../domain/audit.ts';
import type { VolumeQuery, VolumeTable } from '../../domain/volumes/table.ts';
import type { Audit } from '../../platform/ports/audit.ts';
import type { Clock } from '../../platform/ports/clock.ts';
import type { Inventory } from '../../platform/ports/inventory.ts';
import type { ReEncrypt } from '../../platform/ports/keys.ts';
import type { Random } from '../../platform/ports/random.ts';

/** What deciding about volumes and requests takes. */
export interface Deps {
  readonly stage: string;
  readonly table: VolumeTable;
  readonly query: VolumeQuery;
  /** By the seal key: this service never sees a disk key in clear. */
  readonly reseal: ReEncrypt;
  /** Given when who approves may not be who launched. */
  readonly launched?: Launched | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: Audit<DecisionRecord>;
}

/** Instances, for the tag that names who launched one. */
export type Launched = Pick<Inventory, 'instance'>;
