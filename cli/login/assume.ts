import { stsClient, type AwsKeys } from '../aws/clients.ts';
import { awsFailure } from '../aws/failures.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { plain } from '../terminal/text.ts';
import { SpentCodes } from './cache/spent.ts';
import type { CodeSource } from './code.ts';
import { roleNameOf, type Credentials } from './credentials.ts';
import { deviceName } from './device.ts';

export interface Wish {
  readonly keys: AwsKeys;
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
 * hour. A code that was used is not sent again; one that AWS refuses is followed by the next, a few times.
 *
 * @throws Failure `refused` when AWS does not give the session.
 */
export async function assumeRole(session: Session, wish: Wish, codes: CodeSource): Promise<Credentials> {
  const { serial } = wish;
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
    const outcome = await send(wish, code).catch((error: unknown) => explained(error, session, wish));
    if (!(outcome instanceof Failure)) return outcome;
    refusal = outcome.message;
  }
  throw new Failure(
    'refused',
    refusal ?? 'AWS refused the code.',
    `Check that the clock of ${deviceName(serial)} is right and that it is the device of this user: --serial ARN names another.`,
  );
}

async function send(
  { keys, roleArn, sessionName, serial, duration }: Wish,
  code: string,
): Promise<Credentials> {
  // Once: were the answer lost, the code would be spent, and a repetition refused for that.
  const { client, sdk } = await stsClient({ credentials: keys }, 1);
  const { Credentials: given } = await client.send(
    new sdk.AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      SerialNumber: serial,
      TokenCode: code,
      DurationSeconds: duration,
    }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
    throw new Failure('unexpected', 'STS answered without credentials.');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

/** @returns the refusal that another code may overcome. @throws everything else. */
function explained(error: unknown, session: Session, { roleArn, sessionName, serial }: Wish): Failure {
  if (!(error instanceof Error)) throw error;
  if (/MultiFactorAuthentication failed/.test(error.message)) {
    if (/one time pass code/i.test(error.message))
      return new Failure(
        'refused',
        'AWS refused the code: it is wrong, or was used already.',
        undefined,
        error,
      );
    throw new Failure(
      'refused',
      `AWS does not take codes of ${deviceName(serial)}: ${plain(error.message)}`,
      `Name the device of ${sessionName}: --serial ARN, or enrol one: ${session.suggest('guard enrol')}`,
      error,
    );
  }
  if (error.name === 'AccessDenied')
    throw new Failure(
      'refused',
      `AWS does not let ${sessionName} have the role ${roleNameOf(roleArn)}.`,
      `Ask whoever administers it to name you as one of its principals (docs/access.md), and check --role, --stage and --region.`,
      error,
    );
  if (/DurationSeconds/.test(error.message))
    throw new Failure(
      'usage',
      `The role ${roleNameOf(roleArn)} gives no session that long: ${plain(error.message)}`,
      'Ask for less: --duration 1h',
      error,
    );
  throw awsFailure(error, session.local) ?? error;
}
