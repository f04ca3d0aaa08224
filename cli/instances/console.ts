import { ec2Client } from '../aws/clients.ts';
import { awsFailure } from '../aws/failures.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';
import { ConsoleText, growth } from './console-log.ts';
import { plain } from '../terminal/text.ts';
import { called, toInstance, type Ec2, type Instance } from './instance.ts';
import { selectInstances } from './select.ts';
import { InstanceEnded, isFailure } from './state-reason.ts';

const POLL_MS = 2000;
/** On AWS the first output of a boot takes a minute or more to show. */
const SILENCE_MS = 20_000;

interface Reading {
  /** Empty when EC2 has nothing yet. */
  readonly output: Buffer;
  readonly at: string | undefined;
}

/** Prints the console and follows it until Ctrl-C (exit code 130) or the end of the instance (0). */
export async function showConsole(
  session: Session,
  selector: string,
  options: { follow: boolean },
): Promise<void> {
  if (session.json && options.follow) {
    throw new Failure('usage', 'A console that is followed is not one JSON document.', 'Add --no-follow.');
  }
  const ec2 = await ec2Client(session);
  const [instance] = await selectInstances(session, ec2, [selector]);
  if (instance === undefined) return;
  if (options.follow) {
    session.note(`Console of ${called(instance)}; Ctrl-C ends.`);
    await follow(session, ec2, instance.id);
    return;
  }
  const { output, at } = await read(ec2, instance.id);
  const text = output.toString('utf8');
  if (session.json) session.result({ instance: instance.id, at: at ?? null, output: text }, () => []);
  else if (output.length === 0) session.note('Nothing yet.');
  else printer(session)(output);
}

async function follow(session: Session, ec2: Ec2, id: string): Promise<void> {
  const { context } = session;
  const print = printer(session);
  const started = context.now();
  let known = Buffer.alloc(0);
  let state = '';
  let saidSilent = false;
  let saidUnavailable = false;
  for (;;) {
    try {
      // State before output: what a terminated instance last said has been read when we stop.
      const instance = await find(ec2, id);
      const { state: before = 'terminated', reason } = instance ?? {};
      const { output } = await read(ec2, id);
      const { added, kind } = growth(known, output);
      if (kind === 'restarted' && output.length > 0) session.note('\n--- the console starts again ---');
      if (kind === 'gap') session.note('\n--- some output was lost: more came than EC2 keeps ---');
      if (added.length > 0) print(added);
      known = Buffer.from(output);
      saidUnavailable = false;
      if (before === 'terminated' && isFailure(reason)) {
        const all = session.suggest('instances --all');
        throw new InstanceEnded(`${id} has been terminated`, reason, `See when: ${all}`);
      }
      if (before === 'terminated') {
        session.note(`\n${id} has been terminated.`);
        return;
      }
      if (before !== state && before === 'stopped') {
        const why = isFailure(reason) ? ` (${reason.code}: ${plain(reason.message)})` : '';
        session.note(
          `\n${id} is stopped${why}. Its console goes on when it is started: ${session.suggest(`start ${id}`)}`,
        );
      }
      state = before;
      if (known.length === 0 && !saidSilent && context.now() - started > SILENCE_MS) {
        session.note('Nothing yet. On AWS the first output can take two minutes.');
        saidSilent = true;
      }
    } catch (error) {
      const failure = awsFailure(error, session.local);
      if (failure?.exit !== UNAVAILABLE_EXIT) throw error;
      if (!saidUnavailable) session.note(`\n${failure.message} Trying again.`);
      saidUnavailable = true;
    }
    await context.sleep(POLL_MS);
  }
}

/** A throttled or unreachable EC2 does not end a long watch. */
const UNAVAILABLE_EXIT = new Failure('unavailable', '').exit;

/** Undefined for one that EC2 no longer knows, as an hour after its end. */
async function find(ec2: Ec2, id: string): Promise<Instance | undefined> {
  try {
    const answer = await ec2.client.send(new ec2.sdk.DescribeInstancesCommand({ InstanceIds: [id] }));
    const found = answer.Reservations?.[0]?.Instances?.[0];
    return found && toInstance(found);
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidInstanceID.NotFound') return undefined;
    throw error;
  }
}

async function read(ec2: Ec2, id: string): Promise<Reading> {
  try {
    const answer = await ec2.client.send(
      new ec2.sdk.GetConsoleOutputCommand({ InstanceId: id, Latest: true }),
    );
    return { output: Buffer.from(answer.Output ?? '', 'base64'), at: answer.Timestamp?.toISOString() };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'InvalidInstanceID.NotFound' || name === 'IncorrectInstanceState')
      return { output: Buffer.alloc(0), at: undefined };
    throw error;
  }
}

/** In a pipe the bytes as they are; on a terminal only what is text. */
function printer(session: Session): (bytes: Buffer) => void {
  const { stdout } = session.context;
  if (!stdout.isTTY) return (bytes) => stdout.write(bytes);
  const text = new ConsoleText();
  return (bytes) => stdout.write(text.push(bytes));
}
