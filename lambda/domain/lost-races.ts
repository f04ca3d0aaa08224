/** Outcome of a round whose write was lost to another writer: decide again, on what is stored now. */
export const AGAIN = { kind: 'again' } as const;
export type Again = typeof AGAIN;

/** Rounds before the caller is told to come again. */
const MAX_ROUNDS = 4;

/**
 * Decides until no write is lost to another writer.
 *
 * @param otherwise the outcome when every round was lost.
 */
export async function decideAnew<T, U>(
  round: () => Promise<T | Again>,
  otherwise: U,
  rounds = MAX_ROUNDS,
): Promise<T | U> {
  for (let left = rounds; left > 0; left -= 1) {
    const outcome = await round();
    if (outcome !== AGAIN) return outcome as T;
  }
  return otherwise;
}
