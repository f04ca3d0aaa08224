import type { ConditionContext } from '../../../engine/contracts/identity.ts';
import type { LaunchTemplateData } from '../launch-template.ts';
import { arn, authorize, tagConditions, type ActionRequest, type Ec2State } from './action.ts';
import { ec2Parameters } from './query.ts';

/** Everything that a launch would use; `template` tells what of it the request did not choose. */
export interface Launch {
  readonly data: LaunchTemplateData;
  readonly template: { readonly id: string; readonly data: LaunchTemplateData } | undefined;
  readonly imageId: string;
  readonly subnetId: string | undefined;
}

/**
 * Asks for every right that a launch takes: on each kind of resource that it makes or uses, on the launch template,
 * on the image's parameter, to tag, and to pass the role
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances).
 *
 * @throws AwsError AccessDenied; DryRunOperation
 */
export function requireLaunchRights(ec2: Ec2State, request: ActionRequest, launch: Launch): void {
  const { data, template } = launch;
  // A dry run ends with the last check, which is that of the instance.
  const real = { ...request, parameters: ec2Parameters('') };
  const byTemplate: ConditionContext =
    template === undefined ? {} : { 'ec2:LaunchTemplate': arn(ec2, 'launch-template', template.id) };
  const may = (type: string, id: string, context: ConditionContext = {}): void =>
    authorize(ec2, real, 'ec2:RunInstances', arn(ec2, type, id), { ...byTemplate, ...context });

  const parameter = /^resolve:ssm:([^:]+)/.exec(data.ImageId ?? '')?.[1];
  if (parameter !== undefined) {
    const { region, account } = ec2.context;
    const name = parameter.replace(/^\//, '');
    authorize(ec2, real, 'ssm:GetParameters', `arn:aws:ssm:${region}:${account}:parameter/${name}`);
  }
  const role = passedRole(ec2, data.IamInstanceProfile);
  if (role !== undefined) {
    authorize(ec2, real, 'iam:PassRole', role, { 'iam:PassedToService': 'ec2.amazonaws.com' });
  }
  if (template !== undefined) may('launch-template', template.id);
  may('image', launch.imageId, tagConditions(ec2.images.get(launch.imageId).tags));
  for (const [type, id, asTemplateSays] of network(launch)) {
    may(type, id, { 'ec2:IsLaunchTemplateResource': String(asTemplateSays) });
  }
  for (const type of ['volume', 'instance'] as const) {
    const tags = requestTags(data, type);
    if (Object.keys(tags).length > 0) {
      const creating = { 'ec2:CreateAction': 'RunInstances' };
      authorize(ec2, real, 'ec2:CreateTags', arn(ec2, type, '*'), { ...creating, ...byTemplate, ...tags });
    }
    const last = type === 'instance' ? request : real;
    const metadata = type === 'instance' ? metadataConditions(data) : {};
    authorize(ec2, last, 'ec2:RunInstances', arn(ec2, type, '*'), { ...byTemplate, ...tags, ...metadata });
  }
}

/** Kind, id, and whether it is what the template says, which `ec2:IsLaunchTemplateResource` asks. */
function network({ data, template, subnetId }: Launch): readonly (readonly [string, string, boolean])[] {
  const planned = template?.data.NetworkInterfaces?.[0];
  const asTemplateSays = planned !== undefined && subnetId === undefined;
  const groups = [...(data.SecurityGroupIds ?? []), ...(data.NetworkInterfaces?.[0]?.Groups ?? [])];
  const known = [...(template?.data.SecurityGroupIds ?? []), ...(planned?.Groups ?? [])];
  return [
    ['network-interface', '*', asTemplateSays],
    ['subnet', subnetId ?? planned?.SubnetId ?? '*', asTemplateSays],
    ...groups.map((id) => ['security-group', id, known.includes(id)] as const),
  ];
}

function requestTags(data: LaunchTemplateData, type: string): ConditionContext {
  const tags = (data.TagSpecifications ?? [])
    .filter(({ ResourceType }) => ResourceType === type)
    .flatMap(({ Tags = [] }) => Tags);
  if (tags.length === 0) return {};
  return {
    'aws:TagKeys': tags.map(({ Key }) => Key),
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  };
}

/** Conditions on the metadata options of the new instance; EC2's defaults stand where neither request nor template says. */
function metadataConditions({ MetadataOptions = {} }: LaunchTemplateData): ConditionContext {
  const { HttpTokens = 'optional', HttpPutResponseHopLimit = 1 } = MetadataOptions;
  return {
    'ec2:MetadataHttpTokens': HttpTokens,
    'ec2:MetadataHttpPutResponseHopLimit': String(HttpPutResponseHopLimit),
  };
}

function passedRole(
  { context }: Ec2State,
  profile: LaunchTemplateData['IamInstanceProfile'],
): string | undefined {
  if (profile === undefined) return undefined;
  const found = context.resources
    .ofType('AWS::IAM::InstanceProfile')
    .find((resource) => resource.physicalId === profile.Name || resource.attribute('Arn') === profile.Arn);
  const [role] = (found?.properties['Roles'] ?? []) as readonly string[];
  return role === undefined ? undefined : `arn:aws:iam::${context.account}:role/${role}`;
}
