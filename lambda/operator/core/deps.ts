import type { Audit, Clock, Random } from '../../platform/ports.ts';
import type { LauncherOf, OperatorTable, Reseal } from './ports.ts';

export interface Deps {
  readonly stage: string;
  readonly table: OperatorTable;
  readonly reseal: Reseal;
  /** Given when who approves may not be who launched. */
  readonly launcherOf?: LauncherOf | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: Audit;
}
