import type { AuditRecord } from '../platform/ports/audit.ts';

/** What a line of any of our services can say. Nothing secret has a member here. */
export interface DecisionRecord extends AuditRecord {
  readonly reason?: string | undefined;
  /** ARN of the caller. */
  readonly by?: string | undefined;
  readonly instance?: string | undefined;
  readonly role?: string | undefined;
  readonly address?: string | undefined;
  readonly vpce?: string | undefined;
  readonly boot?: string | undefined;
  readonly volume?: string | undefined;
  readonly luks?: string | undefined;
  /** Id of the request that waits for approval. */
  readonly pending?: string | undefined;
  readonly server?: string | undefined;
  /** Of a message of that server. */
  readonly seq?: number | undefined;
  /** How many messages. */
  readonly count?: number | undefined;
  /** How a contest of a server was resolved. */
  readonly resolution?: string | undefined;
  /** Somebody asks for what is not theirs, or has changed what is stored: a metric filter counts these. */
  readonly alarm?: true | undefined;
}
