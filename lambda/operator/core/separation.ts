import { conflict, type OperatorFailure } from './outcome.ts';
import { TAGS } from '../../../protocol/names.ts';
import type { Launched } from './deps.ts';

const UNKNOWN = conflict(
  'Who launched the instance is not known, and who approves may not be who launched: launch it with ' +
    'sealroot launch, or have an administrator look into it.',
);
const NAMELESS = conflict('Who approves is not known by name: approve with the session of a role.');
const SAME = conflict('Who approves may not be who launched the instance: ask another custodian.');

/**
 * Holds the four eyes apart.
 *
 * @param launched undefined when the stage asks for no separation
 * @param by ARN of the caller
 * @returns why the caller may not approve, or undefined
 */
export async function mayApprove(
  launched: Launched | undefined,
  instance: string,
  by: string,
): Promise<OperatorFailure | undefined> {
  if (launched === undefined) return undefined;
  const approver = sessionOfArn(by);
  if (approver === undefined) return NAMELESS;
  const launcher = sessionOfUserId((await launched.instance(instance))?.tags[TAGS.launchedBy]);
  if (launcher === undefined) return UNKNOWN;
  // IAM lets no two users differ in case alone, and a mail address means the same person in any.
  return launcher.toLowerCase() === approver.toLowerCase() ? SAME : undefined;
}

/** The roles' trust policies have made the name of a session that of the human. */
const SESSION_NAME = '[\\w+=,.@-]{2,64}';

const sessionOfArn = (arn: string): string | undefined =>
  new RegExp(`^arn:aws[a-z-]*:sts::\\d{12}:assumed-role/[^/]+/(${SESSION_NAME})$`).exec(arn)?.[1];

/** `AROA...:SESSION`, as IAM put it into the tag of the instance. */
const sessionOfUserId = (userId: string | undefined): string | undefined =>
  new RegExp(`^AROA[A-Z0-9]+:(${SESSION_NAME})$`).exec(userId ?? '')?.[1];
