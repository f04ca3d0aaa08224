// Plain JavaScript that imports nothing but node: a shell's prompt waits for it.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * One line: role and time left of the session that this shell has, else of those that are kept. Empty when there is
 * none; it never fails, because a prompt that shows an error cannot be typed at.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {number} now milliseconds since the epoch.
 * @returns {string}
 */
export function promptLine(env, now) {
  const { SEALROOT_ROLE: role, SEALROOT_EXPIRES: expires } = env;
  if (role && expires) return line(env['SEALROOT_STAGE'], role, Number(expires) * 1000, now);
  try {
    return kept(env)
      .filter((facts) => Date.parse(facts.expires) > now)
      .sort((a, b) => a.role.localeCompare(b.role))
      .map((facts) => line(facts.stage, facts.role, Date.parse(facts.expires), now))
      .join(' ');
  } catch {
    return '';
  }
}

/**
 * @param {string | undefined} stage
 * @param {string} role
 * @param {number} expires
 * @param {number} now
 */
function line(stage, role, expires, now) {
  const minutes = Math.ceil((expires - now) / 60_000);
  const left = !(minutes > 0) ? 'expired' : minutes < 60 ? `${minutes}m` : hours(minutes);
  // Text from a file may not drive the terminal.
  return `${stage ? `${stage}:` : ''}${role} ${left}`.replace(/[^\x20-\x7e]/g, '');
}

/** @param {number} minutes */
const hours = (minutes) => `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m`;

/**
 * Facts that cli/login/cache/sessions.ts wrote, without the keys.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ stage: string, role: string, expires: string }[]}
 */
function kept(env) {
  const base = env['XDG_CACHE_HOME'];
  const cache = base && isAbsolute(base) ? base : join(env['HOME'] ?? homedir(), '.cache');
  const directory = join(cache, 'sealroot', 'sessions');
  const { mode, uid } = lstatSync(directory);
  if ((mode & 0o077) !== 0 || uid !== (process.getuid?.() ?? uid)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')).facts);
}
