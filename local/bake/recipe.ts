import type { Resource, Resources } from '../engine/contracts/resources.ts';
import type { ImageDevice } from '../engine/contracts/services.ts';
import { substitute } from './document.ts';

/** Image that a pipeline of the templates would build. */
export interface Recipe {
  /** Name in the image's ARN. */
  readonly name: string;
  readonly version: string;
  /** Component documents with their parameters filled in, in order. */
  readonly documents: readonly string[];
  /** URL of the keyserver's private API, as the image will call it. */
  readonly endpoint: string;
  /** Names or addresses that it connects to. */
  readonly endpointAddresses: readonly string[];
  /** Role of the build instance. */
  readonly buildRole: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Disks that the image has snapshots of, and the keys that these are under. */
  readonly blockDevices: readonly ImageDevice[];
  /** SSM parameters that name the latest image. */
  readonly ssmParameters: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws Error when the templates have no image pipeline, or one that the local cloud cannot read. */
export function readRecipe(resources: Resources): Recipe {
  const recipe = only(resources, 'AWS::ImageBuilder::ImageRecipe');
  const components = recipe.properties['Components'] as readonly Fields[];
  const parameters = components.map((component) => componentParameters(component));
  const documents = components.map((component, i) => {
    const arn = String(component['ComponentArn']);
    const data = componentResource(resources, arn).properties['Data'];
    if (typeof data !== 'string') throw new Error(`component ${arn} has no inline document`);
    return substitute(data, parameters[i] ?? {});
  });
  const endpoint = parameters.find((given) => given['Endpoint'] !== undefined)?.['Endpoint'];
  if (endpoint === undefined) throw new Error('no component of the recipe is given an Endpoint');
  const addresses = parameters.find((given) => given['EndpointAddress'] !== undefined)?.['EndpointAddress'];
  return {
    name: String(recipe.properties['Name']),
    version: String(recipe.properties['Version']),
    documents,
    endpoint,
    endpointAddresses: addresses?.split(' ') ?? [],
    buildRole: buildRole(resources),
    blockDevices: blockDevices(recipe),
    ...distribution(resources),
  };
}

function componentParameters(component: Fields): Record<string, string> {
  const given = (component['Parameters'] ?? []) as readonly { Name: string; Value: readonly string[] }[];
  return Object.fromEntries(given.map(({ Name, Value }) => [Name, Value.join(',')]));
}

function componentResource(resources: Resources, arn: string): Resource {
  const component = resources
    .ofType('AWS::ImageBuilder::Component')
    .find((candidate) => candidate.physicalId === arn || candidate.attribute('Arn') === arn);
  if (component === undefined) throw new Error(`no template has the component ${arn}`);
  return component;
}

function buildRole(resources: Resources): string {
  const infrastructure = only(resources, 'AWS::ImageBuilder::InfrastructureConfiguration');
  const profileName = String(infrastructure.properties['InstanceProfileName']);
  const profile = resources
    .ofType('AWS::IAM::InstanceProfile')
    .find((candidate) => candidate.physicalId === profileName);
  const roles = profile?.properties['Roles'] as readonly string[] | undefined;
  if (roles?.[0] === undefined) throw new Error(`no template has the instance profile ${profileName}`);
  return roles[0];
}

function blockDevices({ properties }: Resource): readonly ImageDevice[] {
  const mappings = (properties['BlockDeviceMappings'] ?? []) as readonly {
    readonly DeviceName: string;
    readonly Ebs?: {
      readonly Encrypted?: boolean;
      readonly KmsKeyId?: string;
      readonly VolumeSize?: number | string;
    };
  }[];
  return mappings.map(({ DeviceName: device, Ebs = {} }) => ({
    device,
    encrypted: String(Ebs.Encrypted ?? false) === 'true',
    ...(Ebs.KmsKeyId !== undefined && { kmsKeyId: Ebs.KmsKeyId }),
    ...(Ebs.VolumeSize !== undefined && { size: Number(Ebs.VolumeSize) }),
  }));
}

/** Tags that distribution puts on the image, and the parameters where it publishes it. */
function distribution(resources: Resources): Pick<Recipe, 'tags' | 'ssmParameters'> {
  const configuration = only(resources, 'AWS::ImageBuilder::DistributionConfiguration');
  const distributions = (configuration.properties['Distributions'] ?? []) as readonly Fields[];
  const tags: Record<string, string> = {};
  const ssmParameters: string[] = [];
  for (const entry of distributions) {
    const ami = (entry['AmiDistributionConfiguration'] ?? {}) as Fields;
    Object.assign(tags, ami['AmiTags'] ?? ami['amiTags'] ?? {});
    const published = (entry['SsmParameterConfigurations'] ?? []) as readonly Fields[];
    for (const parameter of published) ssmParameters.push(String(parameter['ParameterName']));
  }
  return { tags, ssmParameters };
}

function only(resources: Resources, type: string): Resource {
  const [first, second] = resources.ofType(type);
  if (first === undefined) throw new Error(`no template has a resource of type ${type}`);
  if (second !== undefined) throw new Error(`several resources of type ${type}: which one is not clear`);
  return first;
}
