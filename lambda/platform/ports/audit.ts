/** One line of the audit log: identifiers and decisions, never a secret. A service names the members that its lines have. */
export interface AuditRecord {
  /** Id that API Gateway gave the request. */
  readonly request: string;
  readonly action: string;
  readonly decision: string;
}

export type Audit<R extends AuditRecord = AuditRecord> = (record: R) => void;
