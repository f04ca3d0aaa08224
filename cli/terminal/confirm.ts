import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';

/**
 * Asks before something that takes a machine away from its users.
 *
 * @throws Failure `usage` when nobody is there to be asked, `interrupted` when the answer is not yes.
 */
export async function confirm(session: Session, question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!session.context.interactive) {
    throw new Failure('usage', `${question} Nobody is there to be asked.`, 'Repeat the command with --yes.');
  }
  const answer = await session.context.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('interrupted', 'Nothing was changed.');
}
