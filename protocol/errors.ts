/**
 * Every expected failure, once. HTTP status, `Retry-After` (seconds) and the CLI's exit code follow from the code, so
 * that the two APIs, API Gateway's own answers, the OpenAPI document and the CLI cannot disagree.
 */
export const ERRORS = {
  /** The caller sent something that is not the protocol; `field` names it. */
  malformed: { status: 400, exit: 2 },
  /** The same body for every reason: a stranger learns nothing. The reason is in the audit log. */
  refused: { status: 403, exit: 4 },
  'not-found': { status: 404, exit: 3 },
  /** The thing is not in a state in which this can be done to it, or it changed in between. */
  conflict: { status: 409, exit: 5 },
  /** A person has to approve first. The instance waits, and takes it for no error. */
  pending: { status: 202, exit: 6, retryAfter: 15 },
  throttled: { status: 429, exit: 7, retryAfter: 5 },
  unavailable: { status: 503, exit: 7, retryAfter: 5 },
} as const satisfies Record<string, { status: number; exit: number; retryAfter?: number }>;

export type ErrorCode = keyof typeof ERRORS;

/** The body of every answer that is not 200. */
export interface ErrorBody {
  readonly code: ErrorCode;
  /** Id of the request, which the audit record has too; for `pending`, the id that a custodian approves. */
  readonly request: string;
  /** Member that is wrong, as a dotted path; with `malformed` only. */
  readonly field?: string;
  /** Advice to a person, on the operator API; or what AWS says, where API Gateway refuses. */
  readonly message?: string;
}

/** Exit codes of the CLI that do not come from an API answer. 130 is what a shell reports after Ctrl-C (128 + SIGINT). */
export const EXIT = { ok: 0, unexpected: 1, usage: 2, problem: 8, interrupted: 130 } as const;
