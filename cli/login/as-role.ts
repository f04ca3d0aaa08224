import { accessRoleName, type AccessRole } from '../../protocol/access.ts';
import { awsFailure } from '../aws/failures.ts';
import { Failure } from '../failure.ts';
import { InstanceEnded } from '../instances/state-reason.ts';
import type { Session } from '../session.ts';
import { SessionCache } from './cache/sessions.ts';
import { roleNameOf, stsEndpoint, type Credentials, type SessionFacts } from './credentials.ts';

/** Order in which sessions are taken when several would do: the one that can do least first. */
const LEAST_FIRST: readonly AccessRole[] = ['auditor', 'operator', 'maintainer', 'custodian'];

/**
 * Does what needs one of these roles, with the session that `login` left of one; without it with the credentials
 * that there are, and when those are refused it names the login that would help.
 */
export async function asRole<T>(
  session: Session,
  roles: readonly AccessRole[],
  perform: (session: Session) => Promise<T>,
): Promise<T> {
  const credentials = await keptCredentials(session, roles);
  try {
    return await perform({ ...session, credentials });
  } catch (error) {
    throw withAdvice(session, roles, credentials !== undefined, error);
  }
}

/** A little before the end, so that what takes a moment does not fail in the middle. Milliseconds. */
const MARGIN = 10_000;

async function keptCredentials(
  session: Session,
  roles: readonly AccessRole[],
): Promise<Credentials | undefined> {
  const { context } = session;
  const cache = new SessionCache(context);
  const endpoint = stsEndpoint(context.env);
  const here = cache
    .list()
    .filter((facts) => facts.endpoint === endpoint && Date.parse(facts.expires) - context.now() > MARGIN);
  // The usual case where nobody uses `login`: nothing more is loaded.
  if (here.length === 0) return undefined;
  const current = await currentKey();
  if (current === undefined) return undefined;
  const { accessKeyId } = current.keys;
  const wanted = LEAST_FIRST.filter((role) => roles.includes(role)).map((role) =>
    accessRoleName(session.stage, current.region, role),
  );
  const isWanted = (facts: SessionFacts) => wanted.includes(roleNameOf(facts.roleArn));
  // A shell that has such a session has been told which one to use.
  if (here.some((facts) => facts.accessKeyId === accessKeyId && isWanted(facts))) return undefined;
  const sources = new Set([
    accessKeyId,
    // The environment has a session of ours, of another role: the person behind it is the same.
    ...here.filter((facts) => facts.accessKeyId === accessKeyId).map(({ source }) => source),
  ]);
  // Two accounts can have roles of the same name: the last login says which one is meant.
  const own = here
    .filter((facts) => sources.has(facts.source))
    .toSorted((a, b) => b.issued.localeCompare(a.issued));
  const found = wanted.flatMap((name) => own.filter((facts) => roleNameOf(facts.roleArn) === name))[0];
  return found && cache.open(found);
}

/** Finds the keys in use; undefined without credentials or region, which the command itself reports best. */
async function currentKey() {
  const { currentKeys } = await import('./source.ts');
  return currentKeys().catch(() => undefined);
}

function withAdvice(
  session: Session,
  roles: readonly AccessRole[],
  loggedIn: boolean,
  error: unknown,
): unknown {
  if (session.context.signal.aborted) return error;
  const failure = error instanceof Failure ? error : awsFailure(error, session.local);
  // With a session of the right role something else is wrong, and the answer says what.
  if (failure?.code !== 'refused' || loggedIn || lacksKeys(error) || error instanceof InstanceEnded) {
    return error;
  }
  const or = roles.length > 1 ? ` (${roles.slice(1).join(' or ')} will do as well)` : '';
  return new Failure(
    'refused',
    failure.message,
    `Log in: ${session.suggest(`login --role ${roles[0] ?? ''}`)}${or}`,
    error,
  );
}

/** There are no keys to log in with, or AWS does not know them. */
const lacksKeys = (error: unknown): boolean =>
  error instanceof Error &&
  /^(CredentialsProviderError|TokenProviderError|UnrecognizedClient|Invalid(ClientTokenId|AccessKeyId|Signature)|AuthFailure|SignatureDoesNotMatch|IncompleteSignature)/.test(
    error.name,
  );
