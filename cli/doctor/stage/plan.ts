import { names, type StackId } from '../../../protocol/names.ts';
import { at, listOf, literal, referenceOf, resourceOf, resourcesOf, type Template } from './template.ts';

/** Location of a subnet, as far as a template tells it. */
export type SubnetLocation =
  /** A zone that is configured. */
  | { readonly kind: 'zone'; readonly zone: string }
  /** A zone of those that EC2 lists, from 0, decided when the subnet is made. `resource`: its logical id. */
  | { readonly kind: 'listed'; readonly index: number; readonly resource: string }
  | { readonly kind: 'subnet'; readonly id: string }
  /** The template has it from elsewhere. */
  | { readonly kind: 'elsewhere' };

/** Settings of a stage that depend on the account and the region. */
export interface Plan {
  /** Types that images are built and tested on: the first that can be had. */
  readonly buildTypes: readonly string[];
  /** Type of instances that are launched with no other named. */
  readonly fleetType: string | undefined;
  /** AMI id, `ssm:` and a parameter, or the ARN of an image of Image Builder. */
  readonly parentImage: string | undefined;
  /** The keyserver's endpoint has an address in each; instances are launched into any, the first that has room. */
  readonly fleetSubnets: readonly SubnetLocation[];
  readonly buildSubnet: SubnetLocation;
  /** ARNs of KMS keys of the image's snapshots and of volumes; undefined: the account's default. */
  readonly imageKey: string | undefined;
  readonly fleetKey: string | undefined;
  /** Whether the endpoint compares where requests come from with where EC2 issued their credentials. */
  readonly bound: boolean;
  /** Whether the stage makes a VPC. */
  readonly ownVpc: boolean;
}

export type Templates = Readonly<Partial<Record<StackId, Template>>>;

/** Reads the settings from the templates of a stage, whether they are deployed or only synthesized. */
export function planOf(stage: string, { Network, Image, Fleet }: Templates): Plan {
  const launch = at(resourceOf(Fleet, 'AWS::EC2::LaunchTemplate'), 'LaunchTemplateData');
  const recipe = resourceOf(Image, 'AWS::ImageBuilder::ImageRecipe');
  const infrastructure = resourceOf(Image, 'AWS::ImageBuilder::InfrastructureConfiguration');
  const endpoint = resourceOf(Network, 'AWS::EC2::VPCEndpoint');
  const links = linksOf(stage, Network ?? {});
  const location = (link: unknown): SubnetLocation => locationOf(link, Network ?? {});
  return {
    buildTypes: listOf(at(infrastructure, 'InstanceTypes')).flatMap((type) => literal(type) ?? []),
    fleetType: literal(at(launch, 'InstanceType')),
    parentImage: literal(at(recipe, 'ParentImage')),
    fleetSubnets: [...links].flatMap(([name, value]) =>
      /^FleetSubnet\d+$/.test(name) ? [location(value)] : [],
    ),
    buildSubnet: location(links.get('BuildSubnet')),
    imageKey: literal(at(recipe, 'BlockDeviceMappings', 0, 'Ebs', 'KmsKeyId')),
    fleetKey: literal(at(launch, 'BlockDeviceMappings', 0, 'Ebs', 'KmsKeyId')),
    bound: JSON.stringify(endpoint ?? {}).includes('aws:Ec2InstanceSourceVpc'),
    ownVpc: resourceOf(Network, 'AWS::EC2::VPC') !== undefined,
  };
}

/** Values that the network tells the other stacks, by the name of the link. */
function linksOf(stage: string, network: Template): Map<string, unknown> {
  const prefix = names(stage).linkParameter('');
  return new Map(
    [...resourcesOf(network, 'AWS::SSM::Parameter').values()].flatMap(({ Name, Value }) =>
      typeof Name === 'string' && Name.startsWith(prefix)
        ? [[Name.slice(prefix.length), Value] as const]
        : [],
    ),
  );
}

function locationOf(link: unknown, network: Template): SubnetLocation {
  const id = literal(link);
  if (id !== undefined) return { kind: 'subnet', id };
  const resource = referenceOf(link) ?? '';
  const subnet = resourcesOf(network, 'AWS::EC2::Subnet').get(resource);
  const zone = at(subnet, 'AvailabilityZone');
  if (typeof zone === 'string') return { kind: 'zone', zone };
  const index = at(zone, 'Fn::Select', 0);
  const ofAll = at(zone, 'Fn::Select', 1, 'Fn::GetAZs');
  if (typeof index !== 'number' || ofAll === undefined) return { kind: 'elsewhere' };
  return { kind: 'listed', index, resource };
}
