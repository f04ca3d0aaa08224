import type { AwsKeys } from '../aws/clients.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { assumeRole } from './assume.ts';
import { SessionCache } from './cache/sessions.ts';
import { inTurn } from './cache/turn.ts';
import { codeSource, type CodeOptions } from './code.ts';
import { stsEndpoint, type LoginSession } from './credentials.ts';
import { checkSerial, deviceName, findDevice } from './device.ts';
import { ownRoleArn, readRole, sessionLength, type RoleWish } from './role.ts';
import { leaveOwnSession, readSource, sourceKeys } from './source.ts';

export interface LoginOptions extends CodeOptions {
  readonly role: string;
  /** Seconds. */
  readonly duration?: number;
  readonly serial?: string;
  /** Whether to ask for a new session although there is one. */
  readonly fresh?: boolean;
}

/** Milliseconds. What ends sooner is no use to who starts something; AWS SDKs ask anew 5 minutes before the end. */
const ENOUGH_LEFT = 5 * 60_000;

/** A role to have a session of, and with whose keys it is asked for. */
interface RoleRequest {
  readonly keys: AwsKeys;
  readonly region: string;
  readonly role: RoleWish;
}

/**
 * The session of a role: the one that is kept when it lasts, else a new one, with an MFA code.
 *
 * @throws Failure before a code is asked for, when the wish cannot be met.
 */
export async function login(session: Session, options: LoginOptions): Promise<LoginSession> {
  leaveOwnSession(session);
  const { keys, region } = await sourceKeys(session);
  const request = { keys, region, role: readRole(session, options.role, region) };
  const kept = await keptSession(session, request, options);
  if (kept !== undefined) return kept;
  return inTurn(
    session.context,
    // The login that had the turn before may have asked for the same.
    async () => (await keptSession(session, request, options)) ?? newSession(session, request, options),
  );
}

async function keptSession(
  session: Session,
  { keys, role }: RoleRequest,
  options: LoginOptions,
): Promise<LoginSession | undefined> {
  // Options that give a code or a length ask for a new session.
  if (options.fresh || options.code !== undefined || options.duration !== undefined) return undefined;
  const { context } = session;
  const cache = new SessionCache(context);
  const facts = cache
    .list()
    .find(
      (each) =>
        each.source === keys.accessKeyId &&
        each.endpoint === stsEndpoint(context.env) &&
        each.roleArn === (role.arn ?? ownRoleArn(each.sourceArn, role.name)) &&
        Date.parse(each.expires) - context.now() > ENOUGH_LEFT,
    );
  const credentials = facts && (await cache.open(facts));
  return facts && credentials && { facts, credentials };
}

async function newSession(
  session: Session,
  request: RoleRequest,
  options: LoginOptions,
): Promise<LoginSession> {
  const { context } = session;
  const { region, role } = request;
  const source = await readSource(session, request.keys);
  const [serial, duration] = await Promise.all([
    options.serial === undefined ? findDevice(session, source) : checkSerial(session, source, options.serial),
    sessionLength(session, role, source, options.duration),
  ]);
  const roleArn = role.arn ?? ownRoleArn(source.arn, role.name);
  const question = `MFA code of ${deviceName(serial)} for ${role.label} of stage ${session.stage}: `;
  const codes = codeSource(session, options, question, `login --role ${options.role}`);
  const wish = { source, roleArn, sessionName: source.user, serial, duration };
  let credentials;
  try {
    credentials = await assumeRole(session, wish, codes);
  } finally {
    codes.close();
  }
  const profile = context.env['AWS_PROFILE'];
  const fresh: LoginSession = {
    credentials,
    facts: {
      role: role.label,
      roleArn,
      stage: session.stage,
      region,
      source: source.keys.accessKeyId,
      sourceArn: source.arn,
      ...(profile === undefined ? {} : { profile }),
      endpoint: stsEndpoint(context.env),
      accessKeyId: credentials.accessKeyId,
      issued: new Date(context.now()).toISOString(),
      expires: credentials.expiration.toISOString(),
    },
  };
  await keep(session, fresh);
  return fresh;
}

/** A session that cannot be kept can still be used: the code is spent. */
async function keep(session: Session, fresh: LoginSession): Promise<void> {
  try {
    if (await new SessionCache(session.context).save(fresh))
      session.note(
        'This machine has no keyring that answers: sessions are kept in files that only you can read (0600).',
      );
  } catch (error) {
    if (!(error instanceof Failure) && !isFileError(error)) throw error;
    session.note(`The session is not kept: ${error.message}`);
  }
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;
