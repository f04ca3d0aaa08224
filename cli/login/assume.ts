import { stsClient } from '../aws/clients.ts';
import { awsFailure } from '../aws/failures.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/text.ts';
import { SpentCodes } from './cache/spent.ts';
import type { CodeSource } from './code.ts';
import { roleNameOf, type Credentials } from './credentials.ts';
import { deviceName } from './device.ts';
import type { Source } from './source.ts';

export interface Wish {
  readonly source: Source;
  readonly roleArn: string;
  /** The trust policy demands the user's name: the session is to say who acts. */
  readonly sessionName: string;
  readonly serial: string;
  /** Seconds. */
  readonly duration: number;
}

const ATTEMPTS = 3;

/**
 * sts:AssumeRole with a code, straight from the user's keys: no other session in between, which would cap it at an
 * hour.
 *
 * @throws Failure `refused` when AWS does not give the session.
 */
export async function assumeRole(session: Session, wish: Wish, codes: CodeSource): Promise<Credentials> {
  const { source, roleArn, sessionName, serial, duration } = wish;
  return withCode(
    session,
    serial,
    codes,
    async (code) => {
      const { client, sdk } = await onceClient(source);
      const input = { RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds: duration };
      const command = new sdk.AssumeRoleCommand({ ...input, SerialNumber: serial, TokenCode: code });
      return (await client.send(command)).Credentials;
    },
    (error) => notAssumed(error, wish),
  );
}

/** STS, to be asked once: were the answer lost, the code would be spent, and a repetition refused for that. */
export const onceClient = ({ keys, clockOffset }: Source) =>
  stsClient({ credentials: keys }, { maxAttempts: 1, systemClockOffset: clockOffset });

/** Answer of STS. */
interface Given {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
  readonly Expiration?: Date | undefined;
}

/**
 * Asks STS for credentials with a code. A code that was used is not sent again; one that AWS refuses is followed by
 * the next, a few times.
 *
 * @param explain what else can go wrong.
 */
export async function withCode(
  session: Session,
  serial: string,
  codes: CodeSource,
  ask: (code: string) => Promise<Given | undefined>,
  explain: (error: Error) => Failure | undefined = () => undefined,
): Promise<Credentials> {
  const spent = new SpentCodes(session.context);
  let refusal: string | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const code = await codes.next(refusal);
    const used = spent.when(serial, code);
    if (used !== undefined) {
      refusal = `The code was used already, at ${new Date(used).toLocaleTimeString()}; AWS takes none twice.`;
      continue;
    }
    spent.remember(serial, code);
    try {
      return complete(await ask(code));
    } catch (error) {
      refusal = refusalOfCode(error, session, serial, explain);
    }
  }
  throw new Failure(
    'refused',
    refusal ?? 'AWS refused the code.',
    `Check that the clock of ${deviceName(serial)} is right and that it is the device of this user: --serial ARN names another.`,
  );
}

function complete({ AccessKeyId, SecretAccessKey, SessionToken, Expiration }: Given = {}): Credentials {
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
    throw new Failure('unexpected', 'STS answered without credentials.');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

/** @returns what another code may overcome. @throws everything else. */
function refusalOfCode(
  error: unknown,
  session: Session,
  serial: string,
  explain: (error: Error) => Failure | undefined,
): string {
  if (!(error instanceof Error) || error instanceof Failure) throw error;
  if (!error.message.includes('MultiFactorAuthentication failed'))
    throw explain(error) ?? awsFailure(error, session.local) ?? error;
  // AWS has one sentence for both.
  if (/one time pass code/i.test(error.message))
    return 'AWS refused the code: it is wrong, or was used already.';
  throw new Failure(
    'refused',
    `AWS does not take codes of ${deviceName(serial)}: ${plain(error.message)}`,
    `Name the device of your user: --serial ARN, or enrol one: ${session.suggest('guard enrol')}`,
    error,
  );
}

function notAssumed(error: Error, { roleArn, sessionName }: Wish): Failure | undefined {
  if (error.name === 'AccessDenied')
    return new Failure(
      'refused',
      `AWS does not let ${sessionName} have the role ${roleNameOf(roleArn)}.`,
      `Ask whoever administers it to name you as one of its principals (docs/reference/access.md), and check --role, --stage and --region.`,
      error,
    );
  if (error.message.includes('DurationSeconds'))
    return new Failure(
      'usage',
      `The role ${roleNameOf(roleArn)} gives no session that long: ${plain(error.message)}`,
      'Ask for less: --duration 1h',
      error,
    );
  return undefined;
}
