import path from 'node:path';
import { CLONE, sealroot } from './programs.ts';

/**
 * Logs in to a role of the local cloud as a newcomer would, but for the code, which is not typed: the session is kept
 * where the commands of the CLI find it, the newcomer's next ones too.
 *
 * @returns when the session ends.
 */
export async function logIn(role: string): Promise<Date> {
  const authenticator = [process.execPath, path.join(CLONE, 'bin/sealroot.js'), 'local', 'mfa'];
  const command = authenticator.map(quoted).join(' ');
  const answer = await sealroot('--local', '--json', 'login', '--role', role, '--code-command', command);
  return new Date((JSON.parse(answer) as { readonly expires: string }).expires);
}

/** One word for a POSIX shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
