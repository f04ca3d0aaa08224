/** What the keyserver does with a doubtful request: hold it for a person, or refuse it. */
export interface ReleasePolicy {
  /** First enrolment of a blank volume. Default `allow`. */
  readonly enrolment: 'allow' | 'approve';
  /** A volume that asks from another instance than its own. Default `approve`. */
  readonly moved: 'approve' | 'refuse';
  /** A stale, unknown or missing ticket. Default `approve`. */
  readonly ticket: 'approve' | 'refuse';
}
