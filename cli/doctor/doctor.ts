import { join } from 'node:path';
import { ec2Client } from '../aws/clients.ts';
import { awsFailure } from '../aws/failures.ts';
import { Failure } from '../failure.ts';
import { installation } from '../installation.ts';
import { findImage, imageFailure } from '../instances/pins.ts';
import { EXIT } from '../../protocol/errors.ts';
import { suggestWith, type Session } from '../session.ts';
import type { Account } from './aws/account.ts';
import { openAccount } from './aws/sdk-account.ts';
import { AWS_CHECKS, CLI_CHECKS, MACHINE_CHECKS } from './checks.ts';
import { examine } from './examine.ts';
import { notChecked, type Found } from './finding.ts';
import { thisMachine } from './machine/this-machine.ts';
import { documentOf, linesOf } from './report.ts';
import { stageFacts } from './stage/facts.ts';

export interface DoctorOptions {
  /** Cloud assembly to look at, instead of at what is deployed. */
  readonly assembly?: string;
}

/**
 * Looks for what stands in the way of the stage, and changes nothing: on AWS with the credentials that there are; with
 * `--local`, and without credentials, on this machine.
 *
 * @returns the exit code: `EXIT.problem` when there is one.
 */
export async function doctor(session: Session, options: DoctorOptions): Promise<number> {
  const machine = thisMachine(session.context);
  const account = session.local ? undefined : await openedAccount(session);
  const onAws = account instanceof Failure || account === undefined ? undefined : account;
  const local = await examine(onAws === undefined ? MACHINE_CHECKS : CLI_CHECKS, machine);
  const remote = onAws === undefined ? [] : await examineAccount(session, onAws, options);
  const found = [...local, ...(account instanceof Failure ? [unreachable(account)] : []), ...remote];
  session.result(documentOf(found, session.suggest), () =>
    linesOf(found, session.suggest, session.context.stdout.columns),
  );
  if (onAws !== undefined)
    session.note(`\nOf this machine, for the local cloud: ${suggestWith({ local: true })('doctor')}`);
  return found.some(({ level }) => level === 'problem') ? EXIT.problem : EXIT.ok;
}

/** Opens the account, or says in a Failure why AWS cannot be asked at all. */
async function openedAccount(session: Session): Promise<Account | Failure> {
  try {
    return await openAccount(session);
  } catch (error) {
    const failure = error instanceof Failure ? error : awsFailure(error, false);
    if (failure === undefined) throw error;
    return failure;
  }
}

const unreachable = ({ message, advice }: Failure): Found => ({
  check: 'caller',
  about: 'AWS',
  ...notChecked(message, advice),
});

async function examineAccount(
  session: Session,
  account: Account,
  { assembly }: DoctorOptions,
): Promise<Found[]> {
  const { stage, context } = session;
  const clone = installation.clone === undefined ? [] : [join(installation.clone, 'cdk.out')];
  const assemblies = assembly === undefined ? [join(context.cwd, 'cdk.out'), ...clone] : [assembly];
  return examine(AWS_CHECKS, {
    account,
    stage,
    facts: stageFacts(account, stage, assemblies, assembly === undefined),
    launchImage: async () => findImage(session, await ec2Client(session)),
    imageFailure: (finding) => imageFailure(finding, session),
    now: () => context.now(),
  });
}
