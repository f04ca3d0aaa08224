import { ACCESS_ROLES, accessRoleName } from '../../protocol/access.ts';
import { iamClient } from '../aws/clients.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { roleNameOf } from './credentials.ts';
import { LONGEST, spoken } from './duration.ts';
import type { Source } from './source.ts';

/** Length of a session that AssumeRole is not told a length for, in seconds. */
const AWS_DEFAULT = 3600;

const ROLE_ARN = /^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;

/** A role as it was asked for. */
export interface RoleWish {
  /** `operator` and its like, or the name of the role of an ARN. */
  readonly label: string;
  /** Name in IAM. */
  readonly name: string;
  /** Known beforehand only when an ARN was given. */
  readonly arn: string | undefined;
}

/** @throws Failure `usage` for what is neither one of the access roles nor a role ARN. */
export function readRole(session: Session, role: string, region: string): RoleWish {
  const known = ACCESS_ROLES.find((each) => each === role);
  if (known !== undefined)
    return { label: known, name: accessRoleName(session.stage, region, known), arn: undefined };
  if (!ROLE_ARN.test(role))
    throw new Failure('usage', `--role is one of ${ACCESS_ROLES.join(', ')}, or the ARN of a role.`);
  const name = roleNameOf(role);
  const label = ACCESS_ROLES.find((each) => accessRoleName(session.stage, region, each) === name);
  return { label: label ?? name, name, arn: role };
}

/** The role of this name in the account of a user. @param userArn `arn:aws:iam::ACCOUNT:user/...` */
export const ownRoleArn = (userArn: string, name: string): string =>
  `${userArn.split(':').slice(0, 5).join(':')}:role/${name}`;

/**
 * Length of the session, in seconds: as asked, else as long as the role allows.
 *
 * @throws Failure `usage` when more is asked than the role allows, `not-found` when there is no such role.
 */
export async function sessionLength(
  session: Session,
  wish: RoleWish,
  source: Source,
  asked: number | undefined,
): Promise<number> {
  const maximum = await maximumOf(session, wish, source);
  if (asked === undefined) return Math.min(maximum ?? AWS_DEFAULT, LONGEST);
  if (maximum !== undefined && asked > maximum)
    throw new Failure(
      'usage',
      `The role ${wish.label} gives sessions of ${spoken(maximum)} at most, not ${spoken(asked)}.`,
      `Ask for less: --duration ${maximum}, or leave --duration out.`,
    );
  return asked;
}

/** Longest session of a role; undefined when the user may not see the role: then AWS decides, when it has the code. */
async function maximumOf(session: Session, wish: RoleWish, source: Source): Promise<number | undefined> {
  const elsewhere = wish.arn !== undefined && !wish.arn.includes(`::${source.account}:`);
  if (elsewhere) return undefined;
  const { client, sdk } = await iamClient({ credentials: source.keys });
  try {
    const { Role } = await client.send(new sdk.GetRoleCommand({ RoleName: wish.name }));
    return Role?.MaxSessionDuration;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (/^(AccessDenied|InvalidClientTokenId|UnrecognizedClient)/.test(error.name)) return undefined;
    if (error.name.startsWith('NoSuchEntity'))
      throw new Failure(
        'not-found',
        `There is no role ${wish.name} in account ${source.account}.`,
        session.local
          ? 'Check --stage, and that the local cloud runs what was synthesized last.'
          : 'Check --stage, --region and --profile; a role of another account is named by its ARN.',
        error,
      );
    throw error;
  }
}
