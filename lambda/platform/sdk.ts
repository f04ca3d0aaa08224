/**
 * Options of every SDK client: a dependency that hangs must not hang the caller. API Gateway gives up after 29 s, and
 * one reply can take several requests. The region and `AWS_ENDPOINT_URL` come from the environment.
 */
export const SDK_OPTIONS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
};

/** True for the errors that a caller expects by name. */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
