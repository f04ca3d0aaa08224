import { AwsError } from '../../../engine/contracts/errors.ts';
import type { InstanceRecord, InstanceState } from '../instances.ts';
import { refusalToStart } from '../volume-keys.ts';
import { arn, authorize, tagConditions, type Action, type ActionRequest, type Ec2State } from './action.ts';
import { stateElement } from './describe-instances.ts';

export const startInstances: Action = (ec2, request) => {
  const records = named(ec2, request, 'ec2:StartInstances');
  require(records, ['stopped', 'pending', 'running'], 'started');
  return changed(ec2, records, (record) => {
    if (record.state !== 'stopped') return;
    const vm = ec2.vm(record.id);
    const reason = refusalToStart(ec2.context.volumeKeys, request.principal, record);
    ec2.background(reason === undefined ? vm.boot() : vm.refuse('stopped', reason));
  });
};

export const stopInstances: Action = (ec2, request) => {
  const records = named(ec2, request, 'ec2:StopInstances');
  require(records, ['pending', 'running', 'stopping', 'stopped'], 'stopped');
  const force = request.parameters.flag('Force');
  return changed(ec2, records, ({ id, state }) => {
    // A stop that hangs can be forced by a second one.
    if (state !== 'stopped' && (state !== 'stopping' || force))
      ec2.background(ec2.vm(id).powerOff({ force }));
  });
};

export const terminateInstances: Action = (ec2, request) => {
  const records = named(ec2, request, 'ec2:TerminateInstances');
  return changed(ec2, records, ({ id, state }) => {
    if (state !== 'terminated') ec2.background(ec2.vm(id).terminate());
  });
};

export const rebootInstances: Action = (ec2, request) => {
  const records = named(ec2, request, 'ec2:RebootInstances');
  require(records, ['running'], 'rebooted');
  for (const { id } of records) ec2.background(ec2.vm(id).reboot());
  return { return: true };
};

export const getConsoleOutput: Action = (ec2, request) => {
  const id = request.parameters.require('InstanceId');
  const record = ec2.instances.get(id);
  authorize(ec2, request, 'ec2:GetConsoleOutput', arn(ec2, 'instance', id), tagConditions(record.tags));
  // The whole log of the current boot, where AWS keeps the last 64 KiB; and always the latest.
  const output = Buffer.from(ec2.vm(id).currentBootLog()).toString('base64');
  return { instanceId: id, timestamp: new Date().toISOString(), output };
};

/** The named instances. All exist and the caller may do it to all, or nothing is done to any. */
function named(ec2: Ec2State, request: ActionRequest, action: string): InstanceRecord[] {
  const ids = request.parameters.list('InstanceId');
  if (ids.length === 0) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter InstanceId');
  }
  const records = ids.map((id) => ec2.instances.get(id));
  for (const { id, tags } of records) {
    authorize(ec2, request, action, arn(ec2, 'instance', id), tagConditions(tags));
  }
  return records;
}

function require(records: readonly InstanceRecord[], states: readonly InstanceState[], what: string): void {
  for (const { id, state } of records) {
    if (states.includes(state)) continue;
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${id}' is not in a state from which it can be ${what}: it is ${state}.`,
    );
  }
}

function changed(
  ec2: Ec2State,
  records: readonly InstanceRecord[],
  change: (record: InstanceRecord) => void,
) {
  const instancesSet = records.map((record) => {
    change(record);
    return {
      instanceId: record.id,
      currentState: stateElement(ec2.instances.get(record.id).state),
      previousState: stateElement(record.state),
    };
  });
  return { instancesSet };
}
