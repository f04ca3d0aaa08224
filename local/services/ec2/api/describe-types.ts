import { AwsError } from '../../../engine/contracts/errors.ts';
import { INSTANCE_TYPES, type InstanceType } from '../instance-types.ts';
import { authorize, type Action } from './action.ts';
import { filtered, page } from './filters.ts';

/** Filters know tags, which types have none of. */
const TAGGED = INSTANCE_TYPES.map((type) => ({ ...type, tags: {} }));

export const describeInstanceTypes: Action = (ec2, request) => {
  authorize(ec2, request, 'ec2:DescribeInstanceTypes', '*');
  const { parameters } = request;
  const names = parameters.list('InstanceType');
  const unknown = names.filter((name) => INSTANCE_TYPES.every((type) => type.name !== name));
  if (unknown.length > 0) {
    throw new AwsError(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
    );
  }
  const named = names.length === 0 ? TAGGED : TAGGED.filter(({ name }) => names.includes(name));
  const found = filtered(named, parameters, {
    'instance-type': ({ name }: InstanceType) => [name],
    'free-tier-eligible': ({ freeTier }) => [String(freeTier)],
    'processor-info.supported-architecture': ({ architecture }) => [architecture],
  });
  const { items, nextToken } = page(found, parameters);
  const instanceTypeSet = items.map(({ name, architecture, vcpus, memoryMiB, freeTier }) => ({
    instanceType: name,
    currentGeneration: true,
    freeTierEligible: freeTier,
    bareMetal: false,
    hypervisor: 'nitro',
    processorInfo: { supportedArchitectures: [architecture] },
    vCpuInfo: { defaultVCpus: vcpus },
    memoryInfo: { sizeInMiB: memoryMiB },
    ebsInfo: { encryptionSupport: 'supported', nvmeSupport: 'required' },
  }));
  return { instanceTypeSet, nextToken };
};

export const describeInstanceTypeOfferings: Action = (ec2, request) => {
  authorize(ec2, request, 'ec2:DescribeInstanceTypeOfferings', '*');
  const { parameters } = request;
  const { region, resources } = ec2.context;
  const kind = parameters.get('LocationType') ?? 'region';
  const zones = new Set(
    resources.ofType('AWS::EC2::Subnet').map(({ properties }) => String(properties['AvailabilityZone'])),
  );
  const places = kind === 'region' ? [region] : [...zones];
  if (kind !== 'region' && kind !== 'availability-zone') {
    throw new AwsError('InvalidParameterValue', `Invalid value '${kind}' for LocationType.`);
  }
  const all = places.flatMap((location) => TAGGED.map((type) => ({ ...type, location })));
  const found = filtered(all, parameters, {
    'instance-type': ({ name }: InstanceType) => [name],
    location: ({ location }: (typeof all)[number]) => [location],
  });
  const { items, nextToken } = page(found, parameters);
  const instanceTypeOfferingSet = items.map(({ name, location }) => ({
    instanceType: name,
    locationType: kind,
    location,
  }));
  return { instanceTypeOfferingSet, nextToken };
};
