import type { Audit, Clock, Random } from '../../volumes/core/ports.ts';
import type { OperatorTable, Reseal } from './ports.ts';

export interface Deps {
  readonly stage: string;
  readonly table: OperatorTable;
  readonly reseal: Reseal;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: Audit;
}
