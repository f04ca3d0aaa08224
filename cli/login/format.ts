import type { Credentials } from './credentials.ts';
import type { Variables } from './variables.ts';

/** Formats of variables, for a shell to evaluate or a program to read. */
export const SHELLS = ['env', 'fish', 'powershell', 'json'] as const;
export type Shell = (typeof SHELLS)[number];

interface Syntax {
  set(name: string, value: string): string;
  unset(name: string): string;
}

const SYNTAX: Record<Exclude<Shell, 'json'>, Syntax> = {
  env: {
    set: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
    unset: (name) => `unset ${name}`,
  },
  // Between single quotes fish knows \\ and \'.
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replaceAll(/[\\']/g, '\\$&')}';`,
    unset: (name) => `set -e ${name};`,
  },
  // PowerShell takes typographic quotes for plain ones; each is doubled.
  powershell: {
    set: (name, value) => `$Env:${name} = '${value.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`,
    unset: (name) => `Remove-Item -ErrorAction SilentlyContinue Env:${name}`,
  },
};

/** Lines that set and unset variables; the unset ones first, so that half of it is never another's session. */
export function formatted(shell: Shell, { set, unset }: Variables): string {
  if (shell === 'json') return `${JSON.stringify({ environment: set, unset }, null, 2)}\n`;
  const syntax = SYNTAX[shell];
  const lines = [
    ...unset.map((name) => syntax.unset(name)),
    ...Object.entries(set).map(([name, value]) => syntax.set(name, value)),
  ];
  return `${lines.join('\n')}\n`;
}

/** The contract of credential_process (AWS SDKs and Tools Reference Guide, process credential provider). */
export const processDocument = (credentials: Credentials): string =>
  `${JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiration.toISOString(),
  })}\n`;
