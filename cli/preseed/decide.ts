import { connectOperator } from '../operator/connect.ts';
import type { Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';
import { Failure } from '../failure.ts';
import { called, findServer } from './find.ts';

export interface ResolveOptions {
  readonly keep?: boolean;
  readonly reset?: boolean;
  readonly reason?: string;
}

export async function resolveServer(session: Session, word: string, options: ResolveOptions): Promise<void> {
  if ((options.keep === true) === (options.reset === true)) {
    throw new Failure(
      'usage',
      'Say what is to become of the registration: --keep or --reset.',
      `See who registered: ${session.suggest(`preseed status ${word}`)}`,
    );
  }
  const decision = options.keep === true ? 'keep' : 'reset';
  const operator = await connectOperator(session);
  const id = await findServer(session, operator, word);
  const server = await operator.resolveServer(id, { decision, ...reasonOf(options) });
  session.result(server, () => [
    decision === 'keep'
      ? `${called(server)} stays with ${server.instance ?? 'its instance'}; its messages go on.`
      : `${called(server)} has no instance any more; the next one with its tag may register.`,
  ]);
  if (decision === 'reset') {
    session.note('Whatever had been handed out is known to the instance that had it: send other values.');
    session.note(`Launch another:  ${session.suggest(`launch --server-id ${id}`)}`);
  }
}

export interface WithdrawOptions {
  readonly reason?: string;
  readonly yes?: boolean;
}

export async function withdrawServer(
  session: Session,
  word: string,
  options: WithdrawOptions,
): Promise<void> {
  const operator = await connectOperator(session);
  const known = await operator.showServer(await findServer(session, operator, word));
  await confirm(
    session,
    `Withdraw ${called(known)}? Its messages are erased, and it can register no more.`,
    options.yes,
  );
  const server = await operator.withdrawServer(known.server, reasonOf(options));
  session.result(server, () => [`Withdrew ${called(server)}.`]);
  if (server.instance !== undefined) {
    session.note(`Its instance runs on, unconfigured: ${session.suggest(`terminate ${server.instance}`)}`);
  }
}

const reasonOf = ({ reason }: { reason?: string }): { reason?: string } =>
  reason === undefined ? {} : { reason };
