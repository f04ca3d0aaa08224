import { names } from '../../../protocol/names.ts';
import type { ec2Client } from '../../aws/clients.ts';
import { stageInstances } from '../../instances/instance.ts';
import type { Account } from './account.ts';

type Ec2 = Awaited<ReturnType<typeof ec2Client>>;

type FromEc2 = Pick<
  Account,
  | 'endpointZones'
  | 'zones'
  | 'madeSubnets'
  | 'zonesOf'
  | 'offerings'
  | 'instanceTypes'
  | 'defaultDiskKey'
  | 'image'
  | 'vpcCount'
  | 'consoles'
>;

/** Answers of an account that EC2 gives. */
export function ec2Answers(ec2: Ec2, region: string, stage: string): FromEc2 {
  const { client, sdk } = ec2;
  return {
    endpointZones: async (service) => {
      const name = `com.amazonaws.${region}.${service}`;
      const answer = await client.send(new sdk.DescribeVpcEndpointServicesCommand({ ServiceNames: [name] }));
      return (answer.ServiceDetails ?? []).flatMap(({ AvailabilityZones = [] }) => AvailabilityZones);
    },

    zones: async () => {
      const answer = await client.send(
        new sdk.DescribeAvailabilityZonesCommand({ Filters: [only('zone-type', 'availability-zone')] }),
      );
      return (answer.AvailabilityZones ?? []).flatMap(({ ZoneName }) => ZoneName ?? []).toSorted();
    },

    madeSubnets: () =>
      subnets(ec2, { Filters: [only(STACK_NAME, names(stage).stack('Network'))] }, LOGICAL_ID),

    // A filter, since EC2 refuses the whole list for one id that does not exist.
    zonesOf: (ids) => subnets(ec2, { Filters: [{ Name: 'subnet-id', Values: [...ids] }] }),

    offerings: async (types) => {
      const found = new Map<string, string[]>(types.map((type) => [type, []]));
      const pages = sdk.paginateDescribeInstanceTypeOfferings(
        { client },
        {
          LocationType: 'availability-zone',
          Filters: [{ Name: 'instance-type', Values: [...types] }],
        },
      );
      for await (const { InstanceTypeOfferings = [] } of pages)
        for (const { InstanceType = '', Location = '' } of InstanceTypeOfferings)
          found.get(InstanceType)?.push(Location);
      return found;
    },

    instanceTypes: async (types) => {
      const { InstanceTypes = [] } = await client.send(
        new sdk.DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: [...types] }] }),
      );
      return InstanceTypes.map((one) => ({
        type: one.InstanceType ?? '',
        architectures: one.ProcessorInfo?.SupportedArchitectures ?? [],
        cpus: one.VCpuInfo?.DefaultVCpus ?? 0,
        free: one.FreeTierEligible ?? false,
      }));
    },

    defaultDiskKey: async () => (await client.send(new sdk.GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId ?? '',

    image: async (id) => {
      const filters = [{ Name: 'image-id', Values: [id] }];
      const { Images = [] } = await client.send(new sdk.DescribeImagesCommand({ Filters: filters }));
      const [image] = Images;
      return (
        image && {
          architecture: image.Architecture ?? '',
          state: image.State ?? '',
          name: image.Name ?? '',
        }
      );
    },

    vpcCount: async () => {
      let count = 0;
      for await (const { Vpcs = [] } of sdk.paginateDescribeVpcs({ client }, {})) count += Vpcs.length;
      return count;
    },

    consoles: async (most) => {
      const latest = (await stageInstances(ec2, stage)).slice(0, most);
      return Promise.all(
        latest.map(async ({ id, launched }) => ({
          instance: id,
          launched,
          output: await consoleOf(ec2, id),
        })),
      );
    },
  };
}

const STACK_NAME = 'tag:aws:cloudformation:stack-name';
const LOGICAL_ID = 'aws:cloudformation:logical-id';

const only = (name: string, value: string) => ({ Name: name, Values: [value] });

/** Zones of subnets, by the value of a tag, else by their id. */
async function subnets(
  { client, sdk }: Ec2,
  query: { readonly Filters: { Name: string; Values: string[] }[] },
  tag?: string,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { Subnets = [] } of sdk.paginateDescribeSubnets({ client }, query))
    for (const { SubnetId = '', AvailabilityZone = '', Tags = [] } of Subnets) {
      const name = tag === undefined ? SubnetId : Tags.find(({ Key }) => Key === tag)?.Value;
      if (name !== undefined) found.set(name, AvailabilityZone);
    }
  return found;
}

async function consoleOf({ client, sdk }: Ec2, id: string): Promise<string> {
  try {
    const { Output = '' } = await client.send(
      new sdk.GetConsoleOutputCommand({ InstanceId: id, Latest: true }),
    );
    return Buffer.from(Output, 'base64').toString('latin1');
  } catch (error) {
    // The instance went in between, or its type has no console that can be read while it runs.
    if (error instanceof Error && /^(InvalidInstanceID\.NotFound|UnsupportedOperation)$/.test(error.name))
      return '';
    throw error;
  }
}
