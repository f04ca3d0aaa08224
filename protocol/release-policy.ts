/** Treatment of doubtful requests by the keyserver: it holds one for a person, or refuses it. */
export interface ReleasePolicy {
  /** First enrolment of a blank volume. Default `allow`. */
  readonly enrolment: 'allow' | 'approve';
  /** A volume that asks from another instance than its own. Default `approve`. */
  readonly moved: 'approve' | 'refuse';
  /** A stale, unknown or missing ticket. Default `approve`. */
  readonly ticket: 'approve' | 'refuse';
}
