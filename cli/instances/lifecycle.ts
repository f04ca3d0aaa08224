import { ec2Client } from '../aws/clients.ts';
import type { Session } from '../session.ts';
import { confirm } from '../terminal/confirm.ts';
import { called, type Ec2, type Instance } from './instance.ts';
import { selectInstances } from './select.ts';
import { waitForState } from './wait.ts';

export interface LifecycleOptions {
  readonly wait?: boolean;
  readonly timeout: number;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** EC2's InstanceStateChange; a reboot has none. */
interface Change {
  readonly InstanceId?: string | undefined;
  readonly CurrentState?: { readonly Name?: string | undefined } | undefined;
}

export async function rebootInstances(session: Session, selectors: readonly string[]): Promise<void> {
  const ec2 = await ec2Client(session);
  const instances = await selectInstances(session, ec2, selectors);
  await ec2.client.send(new ec2.sdk.RebootInstancesCommand({ InstanceIds: ids(instances) }));
  session.result(document(instances, []), () =>
    instances.map((instance) => `Rebooting ${called(instance)}.`),
  );
  session.note(`Watch: ${session.suggest(`console ${instances[0]?.id ?? ''}`)}`);
}

export async function stopInstances(
  session: Session,
  selectors: readonly string[],
  options: LifecycleOptions,
): Promise<void> {
  const ec2 = await ec2Client(session);
  const instances = await selectInstances(session, ec2, selectors);
  const command = new ec2.sdk.StopInstancesCommand({
    InstanceIds: ids(instances),
    ...(options.force && { Force: true }),
  });
  const { StoppingInstances } = await ec2.client.send(command);
  await report(session, ec2, instances, StoppingInstances, 'stopped', options);
}

export async function startInstances(
  session: Session,
  selectors: readonly string[],
  options: LifecycleOptions,
): Promise<void> {
  const ec2 = await ec2Client(session);
  const instances = await selectInstances(session, ec2, selectors);
  const { StartingInstances } = await ec2.client.send(
    new ec2.sdk.StartInstancesCommand({ InstanceIds: ids(instances) }),
  );
  await report(session, ec2, instances, StartingInstances, 'running', options);
  session.note(`Watch it boot: ${session.suggest(`console ${instances[0]?.id ?? ''}`)}`);
}

export async function terminateInstances(
  session: Session,
  selectors: readonly string[],
  options: LifecycleOptions,
): Promise<void> {
  const ec2 = await ec2Client(session);
  const instances = await selectInstances(session, ec2, selectors);
  await confirm(session, `Terminate ${instances.map(called).join(', ')} and delete its disks?`, options.yes);
  const { TerminatingInstances } = await ec2.client.send(
    new ec2.sdk.TerminateInstancesCommand({ InstanceIds: ids(instances) }),
  );
  await report(session, ec2, instances, TerminatingInstances, 'terminated', options);
}

const ids = (instances: readonly Instance[]): string[] => instances.map(({ id }) => id);

async function report(
  session: Session,
  ec2: Ec2,
  instances: readonly Instance[],
  changes: readonly Change[] | undefined,
  state: 'running' | 'stopped' | 'terminated',
  options: LifecycleOptions,
): Promise<void> {
  if (options.wait) {
    const reached = await waitForState(session, ec2, ids(instances), state, options.timeout);
    changes = reached.map(({ id, state: Name }) => ({ InstanceId: id, CurrentState: { Name } }));
  }
  const result = document(instances, changes ?? []);
  session.result(result, () =>
    instances.map(
      (instance, index) =>
        `${called(instance)}: ${instance.state} -> ${result.instances[index]?.state ?? '?'}`,
    ),
  );
}

function document(instances: readonly Instance[], changes: readonly Change[]) {
  return {
    instances: instances.map(({ id, name, state: previous }) => ({
      id,
      ...(name === undefined ? {} : { name }),
      previous,
      state: changes.find((change) => change.InstanceId === id)?.CurrentState?.Name ?? previous,
    })),
  };
}
