import { stsClient, type AwsKeys } from '../aws/clients.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';

/** The IAM user whose access keys ask for the session. */
export interface Source {
  readonly keys: AwsKeys;
  readonly account: string;
  readonly arn: string;
  /** `aws`, `aws-us-gov`, ... */
  readonly partition: string;
  readonly user: string;
  /** By how much this machine's clock is off, in milliseconds. */
  readonly clockOffset: number;
}

const NESTED = 'SEALROOT_LOGIN';

/**
 * Keys and region that the SDK's default chain finds. Asks no AWS service, unless a profile has to; and only once,
 * because a profile's credential_process may have to ask a person.
 *
 * @throws Failure `refused` when there are no credentials, `usage` without a region, or when the profile's
 *   credential_process is this command again, which would go round forever.
 */
export async function sourceKeys(session: Session): Promise<{ keys: AwsKeys; region: string }> {
  const { env } = session.context;
  if (env[NESTED] !== undefined) throw ownProfile(session);
  env[NESTED] = '1';
  try {
    return await currentKeys();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'CredentialsProviderError') throw error;
    throw new Failure(
      'refused',
      `There are no access keys to log in with: ${error.message}`,
      'Name the profile that has them: --profile NAME; for the local cloud: --local',
      error,
    );
  } finally {
    Reflect.deleteProperty(env, NESTED);
  }
}

/** Finds keys and region as sourceKeys does, without refusing anything. */
export async function currentKeys(): Promise<{ keys: AwsKeys; region: string }> {
  const { client } = await stsClient({});
  const [keys, region] = await Promise.all([client.config.credentials(), client.config.region()]);
  return { keys, region };
}

/**
 * Finds out who asks, and refuses who cannot get a session with MFA, before a code is spent on it.
 *
 * @throws Failure `refused` with what to do instead.
 */
export async function readSource(session: Session, keys: AwsKeys): Promise<Source> {
  const { client, sdk } = await stsClient({ credentials: keys });
  const { Arn: arn = '', Account: account = '' } = await client.send(new sdk.GetCallerIdentityCommand({}));
  const [, partition = 'aws', , , resource = ''] = /^arn:([^:]+):(sts|iam)::(\d+):(.+)$/.exec(arn) ?? [];
  if (resource.startsWith('user/')) {
    const user = resource.slice(resource.lastIndexOf('/') + 1);
    if (user.length < 2)
      throw new Failure(
        'refused',
        `The user name ${user} is too short to name a session, which the roles demand: AWS asks for 2 characters.`,
        'Ask whoever administers the account for a user with a longer name.',
      );
    // The SDK knows the offset by now; a request that is sent once has to be right the first time.
    const clockOffset = client.config.systemClockOffset;
    return { keys, account, arn, partition, user, clockOffset };
  }
  throw notUser(session, arn, resource);
}

function notUser(session: Session, arn: string, resource: string): Failure {
  if (resource.startsWith('assumed-role/'))
    return new Failure(
      'refused',
      `These credentials are a session of a role already (${arn}). AWS takes no MFA code from such a session, and ends what it leads to after an hour (role chaining).`,
      `Log in from the access keys of a user: ${session.suggest('login --profile NAME')}; who comes by SAML or OIDC gets the role from there (docs/reference/access.md).`,
    );
  if (resource === 'root')
    return new Failure(
      'refused',
      'The root user of an account cannot assume a role.',
      'Log in with the access keys of an IAM user: --profile NAME',
    );
  return new Failure(
    'refused',
    `AWS gives ${arn} no session with MFA: only a user of IAM has an MFA device that it takes codes of.`,
    'Log in with the access keys of an IAM user: --profile NAME',
  );
}

const ownProfile = (session: Session): Failure =>
  new Failure(
    'usage',
    `The profile ${session.context.env['AWS_PROFILE'] ?? 'default'} gets its credentials from this very command.`,
    'Name the profile that has your access keys in its credential_process: --profile NAME',
  );

/** Variables of a session that this program put into the shell. */
const OWN = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** A shell that has a session from `login --format env` logs in again from where that one came from. */
export function leaveOwnSession(session: Session): void {
  const { env } = session.context;
  if (env['SEALROOT_ROLE'] === undefined || env['AWS_SESSION_TOKEN'] === undefined) return;
  for (const name of OWN) Reflect.deleteProperty(env, name);
  if (env['SEALROOT_PROFILE'] !== undefined) env['AWS_PROFILE'] ??= env['SEALROOT_PROFILE'];
}
