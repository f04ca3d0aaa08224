import type { AuditRecord } from '../platform/ports/audit.ts';

/** Members of an audit record of any of our services. Nothing secret has a member here. */
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
  /** Number of a message of that server. */
  readonly seq?: number | undefined;
  /** Number of messages. */
  readonly count?: number | undefined;
  /** Decision on a contest: `keep` or `reset`. */
  readonly resolution?: string | undefined;
  /** Marks an attempt to get what belongs to another, or a change of what is stored: a metric filter counts these. */
  readonly alarm?: true | undefined;
}
