import type { ServerItem } from '../../domain/mailbox/items.ts';
import type { DrawKey, Mailbox } from '../../domain/mailbox/ports.ts';
import type { Audit, Clock } from '../../platform/ports.ts';

/** The table, and its index of servers. The index is eventually consistent and holds only the summary. */
export interface ServerMailbox extends Mailbox {
  servers(after: string | undefined, limit: number): Promise<ServerPage>;
}

export interface ServerPage {
  readonly items: readonly ServerItem[];
  /** Server to go on after. */
  readonly next?: string | undefined;
}

/** What deciding about servers takes. There is no way to open a message among it. */
export interface ServerDeps {
  readonly stage: string;
  readonly mailbox: ServerMailbox;
  readonly drawKey: DrawKey;
  readonly clock: Clock;
  readonly audit: Audit;
}
