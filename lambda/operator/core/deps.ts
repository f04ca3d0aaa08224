import type { DecisionRecord } from '../../domain/audit.ts';
import type { VolumeQuery, VolumeTable } from '../../domain/volumes/table.ts';
import type { Audit } from '../../platform/ports/audit.ts';
import type { Clock } from '../../platform/ports/clock.ts';
import type { Inventory } from '../../platform/ports/inventory.ts';
import type { ReEncrypt } from '../../platform/ports/keys.ts';
import type { Random } from '../../platform/ports/random.ts';

/** Dependencies of decisions about volumes and requests. */
export interface Deps {
  readonly stage: string;
  readonly table: VolumeTable;
  readonly query: VolumeQuery;
  /** Uses the seal key; this service never sees a disk key in clear. */
  readonly reseal: ReEncrypt;
  /** Present when the person who launched an instance may not approve for it. */
  readonly launched?: Launched | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: Audit<DecisionRecord>;
}

/** Instances, for the tag with the name of the person who launched one. */
export type Launched = Pick<Inventory, 'instance'>;
