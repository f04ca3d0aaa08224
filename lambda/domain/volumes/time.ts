/** How long a request waits for a decision, and how long the decision then holds. */
export const REQUEST_SECONDS = 3600;
