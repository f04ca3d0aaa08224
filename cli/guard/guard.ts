import { Failure } from '../failure.ts';
import { iamClient, type AwsKeys } from '../aws/clients.ts';
import type { Source } from '../login/source.ts';
import { leaveOwnSession, readSource, sourceKeys } from '../login/source.ts';
import type { Session } from '../session.ts';

/** The calling user, and IAM as that user. */
export interface Guarded {
  readonly source: Source;
  readonly iam: Awaited<ReturnType<typeof iamClient>>;
  /** lib/access/mfa-guard.ts: the managed policy that denies what is done without MFA. */
  readonly guardArn: string;
}

/** @throws Failure as login does, when there is no user to guard. */
export async function guarded(session: Session): Promise<Guarded> {
  leaveOwnSession(session);
  const { keys, region } = await sourceKeys(session);
  const source = await readSource(session, keys);
  const name = `sealroot-${session.stage}-${region}-mfa-guard`;
  const guardArn = `arn:${source.partition}:iam::${source.account}:policy/${name}`;
  return { source, iam: await iamClient({ credentials: keys }), guardArn };
}

export const withKeys = async (guard: Guarded, keys: AwsKeys): Promise<Guarded> => ({
  ...guard,
  iam: await iamClient({ credentials: keys }),
});

/** Serial numbers of the user's MFA devices. */
export async function devicesOf({ source, iam: { client, sdk } }: Guarded): Promise<string[]> {
  const { MFADevices = [] } = await client.send(new sdk.ListMFADevicesCommand({ UserName: source.user }));
  return MFADevices.flatMap(({ SerialNumber }) => SerialNumber ?? []);
}

export const isDenied = (error: unknown): error is Error =>
  error instanceof Error && error.name.startsWith('AccessDenied');

/** `unknown`: the user may not see its own policies; `denied`: an explicit deny says so, as the guard does. */
export type Attachment = 'attached' | 'not attached' | 'denied' | 'unknown';

/** Whether the guard is attached to the user itself. A group may bring it as well: then `denied`. */
export async function attachment({ source, iam: { client, sdk }, guardArn }: Guarded): Promise<Attachment> {
  const input = { UserName: source.user };
  try {
    for await (const page of sdk.paginateListAttachedUserPolicies({ client }, input))
      if (page.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === guardArn)) return 'attached';
    return 'not attached';
  } catch (error) {
    if (!isDenied(error)) throw error;
    return error.message.includes('explicit deny') ? 'denied' : 'unknown';
  }
}

/** Meaning of a denial of one of the user's own affairs. */
export function notAllowed(session: Session, { source }: Guarded, what: string, error: Error): Failure {
  return new Failure(
    'refused',
    `AWS does not let ${source.user} ${what}.`,
    error.message.includes('explicit deny')
      ? `A guard is in force already. See: ${session.suggest('guard status')}`
      : `Ask whoever administers the account for the policy sealroot-${session.stage}-REGION-members (docs/reference/access.md).`,
    error,
  );
}
