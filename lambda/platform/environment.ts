/** Reads the environment; nothing else does. Throws at start-up: a function that is set up wrongly must not serve. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
}
