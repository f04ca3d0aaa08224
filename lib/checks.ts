export const addChecks = (_: unknown) => undefined;
