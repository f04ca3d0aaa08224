import type { DecisionRecord } from '../../domain/audit.ts';
import type { Mailbox, MailboxQuery } from '../../domain/mailbox/mailbox.ts';
import type { Audit } from '../../platform/ports/audit.ts';
import type { Clock } from '../../platform/ports/clock.ts';
import type { DrawKey } from '../../platform/ports/keys.ts';

/** Dependencies of decisions about servers. None of them can open a message. */
export interface ServerDeps {
  readonly stage: string;
  readonly mailbox: Mailbox;
  readonly query: MailboxQuery;
  readonly drawKey: DrawKey;
  readonly clock: Clock;
  readonly audit: Audit<DecisionRecord>;
}
