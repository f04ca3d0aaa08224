import type { PendingRequest, Volume } from '../../protocol/operator.ts';
import { ec2Client } from '../aws/clients.ts';
import { awsFailure } from '../aws/failures.ts';
import { Failure } from '../failure.ts';
import { connectOperator } from '../operator/connect.ts';
import type { Session } from '../session.ts';
import { table } from '../terminal/table.ts';
import { age, plain } from '../terminal/text.ts';
import { stageInstances, type Instance } from './instance.ts';
import { isFailure } from './state-reason.ts';

interface Keys {
  readonly volumes: readonly Volume[];
  readonly requests: readonly PendingRequest[];
}

export async function listInstances(session: Session, options: { all?: boolean }): Promise<void> {
  const [everyInstance, keys] = await Promise.all([
    stageInstances(await ec2Client(session), session.stage),
    readableKeys(session),
  ]);
  const instances = everyInstance.filter(
    (instance) => options.all === true || instance.state !== 'terminated',
  );
  session.result({ instances: instances.map((instance) => withKeys(instance, keys)) }, () =>
    lines(session, instances, keys),
  );
  // One that never ran is terminated at once, and would otherwise only be missing.
  for (const { id, state, reason } of everyInstance) {
    if (isFailure(reason)) session.note(`${id} is ${state}: ${reason.code}: ${plain(reason.message)}`);
  }
}

/** Keys for the table. A role that sees instances may not always see keys: the table does without then, and says so. */
async function readableKeys(session: Session): Promise<Keys | undefined> {
  try {
    const operator = await connectOperator(session);
    const [volumes, requests] = await Promise.all([operator.listVolumes(), operator.listRequests()]);
    return { volumes, requests: requests.filter((request) => request.decision === 'pending') };
  } catch (error) {
    const failure = error instanceof Failure ? error : awsFailure(error, session.local);
    if (failure === undefined) throw error;
    session.note(`The states of the volumes cannot be shown. ${failure.message}\n`);
    return undefined;
  }
}

function withKeys(instance: Instance, keys: Keys | undefined) {
  const own = (item: { instance: string }) => item.instance === instance.id;
  return {
    ...instance,
    volumes: keys?.volumes.filter(own).map(({ luks, volume, state }) => ({ luks, volume, state })) ?? null,
    requests: keys?.requests.filter(own).map(({ id, volume, reason }) => ({ id, volume, reason })) ?? null,
  };
}

function lines(session: Session, instances: readonly Instance[], keys: Keys | undefined): string[] {
  if (instances.length === 0)
    return [`Stage ${session.stage} has no instances. Start one: ${session.suggest('launch')}`];
  const now = session.context.now();
  const rows = instances.map((instance) => [
    instance.id,
    instance.name ?? '',
    instance.state,
    keySummary(withKeys(instance, keys)),
    instance.type,
    instance.privateIp ?? '',
    age(instance.launched, now),
    instance.image,
  ]);
  const columns = ['INSTANCE', 'NAME', 'STATE', 'KEYS', 'TYPE', 'PRIVATE IP', 'LAUNCHED', 'IMAGE'].map(
    (title) => ({
      title,
      flexible: title === 'NAME' || title === 'IMAGE' || title === 'TYPE',
    }),
  );
  return table(columns, rows, session.context.stdout.columns);
}

/** A request that waits says more than the state of the volume that it is about. */
function keySummary({ volumes, requests }: ReturnType<typeof withKeys>): string {
  if (volumes === null || requests === null) return '?';
  const waiting = requests.map((request) => `waiting (${request.id.slice(0, 8)})`);
  if (waiting.length > 0) return waiting.join(', ');
  if (volumes.length === 0) return '-';
  return volumes.map(({ volume, state }) => (volume === 'root' ? state : `${volume} ${state}`)).join(', ');
}
