/** Seconds that a request waits for a decision, and that the decision then holds. */
export const REQUEST_SECONDS = 3600;
