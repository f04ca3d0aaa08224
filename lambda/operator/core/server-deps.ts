import type { DecisionRecord } from '../../domain/audit.ts';
import type { Mailbox, MailboxQuery } from '../../domain/mailbox/mailbox.ts';
import type { Audit } from '../../platform/ports/audit.ts';
import type { Clock } from '../../platform/ports/clock.ts';
import type { DrawKey } from '../../platform/ports/keys.ts';

/** What deciding about servers takes. There is no way to open a message among it. */
export interface ServerDeps {
  readonly stage: string;
  readonly mailbox: Mailbox;
  readonly query: MailboxQuery;
  readonly drawKey: DrawKey;
  readonly clock: Clock;
  readonly audit: Audit<DecisionRecord>;
}
