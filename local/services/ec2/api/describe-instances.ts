import { INSTANCE_TYPES } from '../instance-types.ts';
import type { InstanceRecord, InstanceState } from '../instances.ts';
import { authorize, tagSet, type Action, type Content, type Ec2State } from './action.ts';
import { filtered, page, type Filterable } from './filters.ts';
import type { Element } from '../../../engine/query-protocol.ts';

const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

const FILTERS: Filterable<InstanceRecord> = {
  'instance-id': ({ id }) => [id],
  'instance-state-name': ({ state }) => [state],
  'instance-state-code': ({ state }) => [String(STATE_CODES[state])],
  'instance-type': ({ instanceType }) => [instanceType],
  'image-id': ({ imageId }) => [imageId],
  'private-ip-address': ({ privateIp }) => [privateIp],
  'subnet-id': ({ subnetId }) => [subnetId],
  'vpc-id': ({ vpcId }) => [vpcId],
  'availability-zone': ({ availabilityZone }) => [availabilityZone],
  'client-token': ({ client }) => (client === undefined ? [] : [client.token]),
  'reservation-id': ({ reservationId }) => [reservationId],
  'iam-instance-profile.arn': ({ instanceProfile }) =>
    instanceProfile === undefined ? [] : [instanceProfile.arn],
};

export const describeInstances: Action = (ec2, request) => {
  authorize(ec2, request, 'ec2:DescribeInstances', '*');
  const ids = request.parameters.list('InstanceId');
  const wanted = ids.length > 0 ? ids.map((id) => ec2.instances.get(id)) : ec2.instances.all();
  const { items, nextToken } = page(filtered(wanted, request.parameters, FILTERS), request.parameters);
  const reservations = [...new Set(items.map(({ reservationId }) => reservationId))];
  const reservationSet = reservations.map((id) =>
    reservation(
      ec2,
      items.filter(({ reservationId }) => reservationId === id),
    ),
  );
  return { reservationSet, nextToken };
};

export const describeInstanceStatus: Action = (ec2, request) => {
  authorize(ec2, request, 'ec2:DescribeInstanceStatus', '*');
  const { parameters } = request;
  const ids = parameters.list('InstanceId');
  const wanted = (ids.length > 0 ? ids.map((id) => ec2.instances.get(id)) : ec2.instances.all()).filter(
    ({ state }) => state === 'running' || parameters.flag('IncludeAllInstances'),
  );
  const { items, nextToken } = page(filtered(wanted, parameters, FILTERS), parameters);
  const instanceStatusSet = items.map((record) => {
    // The local EC2 knows that the machine runs, and nothing of the system inside, which reports on the console.
    const status = { status: record.state === 'running' ? 'ok' : 'not-applicable' };
    return {
      instanceId: record.id,
      availabilityZone: record.availabilityZone,
      instanceState: stateElement(record.state),
      systemStatus: status,
      instanceStatus: status,
    };
  });
  return { instanceStatusSet, nextToken };
};

export const describeInstanceAttribute: Action = (ec2, request) => {
  authorize(ec2, request, 'ec2:DescribeInstanceAttribute', '*');
  const record = ec2.instances.get(request.parameters.require('InstanceId'));
  const attribute = request.parameters.require('Attribute');
  const values: Readonly<Record<string, Element>> = {
    userData: { value: record.userData },
    instanceType: { value: record.instanceType },
    instanceInitiatedShutdownBehavior: { value: record.shutdownBehavior },
  };
  return { instanceId: record.id, [attribute]: values[attribute] };
};

/** A reservation: what one RunInstances made. */
export function reservation({ context, instances }: Ec2State, members: readonly InstanceRecord[]): Content {
  return {
    reservationId: members[0]?.reservationId,
    ownerId: context.account,
    groupSet: [],
    instancesSet: members.map(({ id }) => instance(instances.get(id))),
  };
}

export function stateElement(state: InstanceState): Content {
  return { code: STATE_CODES[state], name: state };
}

function instance(record: InstanceRecord): Content {
  const groupSet = record.securityGroups.map((groupId) => ({ groupId, groupName: groupId }));
  const dns = `ip-${record.privateIp.replaceAll('.', '-')}.ec2.internal`;
  const gone = record.state === 'terminated';
  return {
    instanceId: record.id,
    imageId: record.imageId,
    instanceState: stateElement(record.state),
    privateDnsName: gone ? '' : dns,
    dnsName: '',
    reason: record.transition,
    stateReason: record.stateReason && { ...record.stateReason },
    amiLaunchIndex: record.launchIndex,
    productCodes: [],
    instanceType: record.instanceType,
    launchTime: record.launchTime,
    placement: { availabilityZone: record.availabilityZone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    ...(!gone && { subnetId: record.subnetId, vpcId: record.vpcId, privateIpAddress: record.privateIp }),
    sourceDestCheck: true,
    groupSet: gone ? [] : groupSet,
    architecture: INSTANCE_TYPES.find(({ name }) => name === record.instanceType)?.architecture,
    rootDeviceType: 'ebs',
    rootDeviceName: record.volumes[0]?.device,
    blockDeviceMapping: gone
      ? []
      : record.volumes.map((volume) => ({
          deviceName: volume.device,
          ebs: {
            volumeId: volume.id,
            status: 'attached',
            attachTime: record.launchTime,
            deleteOnTermination: volume.deleteOnTermination,
          },
        })),
    virtualizationType: 'hvm',
    clientToken: record.client?.token ?? '',
    tagSet: tagSet(record.tags),
    hypervisor: 'xen',
    networkInterfaceSet: [],
    iamInstanceProfile: record.instanceProfile && {
      arn: record.instanceProfile.arn,
      id: record.instanceProfile.id,
    },
    ebsOptimized: false,
    enaSupport: true,
    metadataOptions: {
      state: 'applied',
      httpTokens: record.metadataOptions.httpTokens,
      httpPutResponseHopLimit: record.metadataOptions.hopLimit,
      httpEndpoint: 'enabled',
      httpProtocolIpv6: 'disabled',
      instanceMetadataTags: record.metadataOptions.instanceTags ? 'enabled' : 'disabled',
    },
  };
}
