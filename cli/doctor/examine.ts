import { isConnectionError } from '../aws/connection.ts';
import { plain } from '../terminal/text.ts';
import { notChecked, type Check, type Finding, type Found } from './finding.ts';

/**
 * Makes all the checks, side by side. One that may not be made, or is not answered, is `not checked`, and why.
 *
 * @throws what a check throws that is no answer of AWS: a fault of this program.
 */
export async function examine<P>(checks: readonly Check<P>[], ports: P): Promise<Found[]> {
  const found = await Promise.all(checks.map((check) => looked(check, ports)));
  return found.flat();
}

async function looked<P>(check: Check<P>, ports: P): Promise<Found[]> {
  const { name, about } = check;
  const named = (finding: Finding): Found => ({ check: name, about, ...finding });
  try {
    return (await check.look(ports)).map(named);
  } catch (error) {
    return [named(unanswered(error, check.needs ?? []))];
  }
}

const DENIED = /^(AccessDenied\w*|UnauthorizedOperation|Client\.UnauthorizedOperation|NotAuthorized\w*)$/;

function unanswered(error: unknown, needs: readonly string[]): Finding {
  if (isConnectionError(error)) return notChecked(`AWS did not answer: ${plain(error.message)}`);
  // Errors that a service answers with have `$fault`; a mistake of ours has not.
  if (!(error instanceof Error && '$fault' in error)) throw error;
  const { name, message } = error;
  if (DENIED.test(name)) {
    const [, named] = /not authorized to perform:? ([\w-]+:\w+)/.exec(message) ?? [];
    return notChecked(`Not allowed: this takes ${named ?? needs.join(', ')}.`);
  }
  return notChecked(`AWS says ${plain(name)}: ${plain(message)}`);
}
