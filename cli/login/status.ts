import { InvalidArgumentError } from 'commander';
import { ACCESS_ROLES, type AccessRole } from '../../protocol/access.ts';
import type { Session } from '../session.ts';
import { table } from '../terminal/table.ts';
import { SessionCache } from './cache/sessions.ts';
import type { SessionFacts } from './credentials.ts';
import { spoken } from './duration.ts';
import { formatted, type Shell } from './format.ts';
import { noVariables } from './variables.ts';
import { ERRORS } from '../../protocol/errors.ts';

const COLUMNS = [
  { title: 'ROLE' },
  { title: 'STAGE' },
  { title: 'REGION' },
  { title: 'LEFT' },
  { title: 'ENDS' },
  { title: 'OF', flexible: true },
];

/** `login status`. @returns the exit code `not-found` when there is no session. */
export async function loginStatus(session: Session): Promise<number | undefined> {
  const { context } = session;
  const sessions = new SessionCache(context).list();
  const left = ({ expires }: SessionFacts) => Math.floor((Date.parse(expires) - context.now()) / 1000);
  session.result(
    {
      sessions: sessions.map((facts) => ({
        ...{ role: facts.role, roleArn: facts.roleArn, stage: facts.stage, region: facts.region },
        ...{ sourceArn: facts.sourceArn, endpoint: facts.endpoint === '' ? null : facts.endpoint },
        ...{ issued: facts.issued, expires: facts.expires, secondsLeft: left(facts) },
      })),
    },
    () =>
      sessions.length === 0
        ? [`There is no session. Log in: ${session.suggest('login')}`]
        : table(
            COLUMNS,
            sessions.map((facts) => [
              ...[facts.role, facts.stage, facts.region, spoken(left(facts))],
              ...[new Date(facts.expires).toLocaleString(), of(facts)],
            ]),
            context.stdout.columns,
          ),
  );
  return sessions.length === 0 ? ERRORS['not-found'].exit : undefined;
}

const of = ({ sourceArn, endpoint }: SessionFacts): string =>
  endpoint === '' ? sourceArn : `${sourceArn} at ${endpoint}`;

export interface LogoutOptions {
  readonly role?: AccessRole;
  readonly all?: boolean;
  readonly format?: Shell;
}

/**
 * `logout`: forgets sessions. AWS has no call that ends one early, so keys that were copied elsewhere work until
 * their time.
 */
export async function logout(session: Session, options: LogoutOptions): Promise<void> {
  const cache = new SessionCache(session.context);
  if (options.all) {
    cache.removeAll();
  } else {
    const gone = cache
      .list()
      .filter(({ stage, role }) => stage === session.stage && (options.role ?? role) === role);
    for (const facts of gone) cache.remove(facts);
  }
  if (options.format !== undefined) {
    session.context.stdout.write(formatted(options.format, noVariables(session)));
    return;
  }
  session.note(
    options.all
      ? 'Logged out of everything.'
      : `Logged out of ${options.role ?? 'every role'} of stage ${session.stage}.`,
  );
  if (session.context.env['SEALROOT_ROLE'] !== undefined)
    session.note(`This shell still has a session: eval "$(${session.suggest('logout --format env')})"`);
}

export function parseAccessRole(text: string): AccessRole {
  const role = ACCESS_ROLES.find((each) => each === text);
  if (role === undefined) throw new InvalidArgumentError(`One of ${ACCESS_ROLES.join(', ')}.`);
  return role;
}
