import { createHash } from 'node:crypto';
import { AwsError } from '../../engine/contracts/errors.ts';
import type { Ec2Context } from './context.ts';
import type { Images } from './images.ts';
import type { InstanceRecord, Instances } from './instances.ts';
import { tagsFor, type LaunchTemplateData } from './launch-template.ts';
import { newId } from './ids.ts';
import { instanceType, requireArchitecture } from './instance-types.ts';
import { freeAddress, macAddress, placement } from './network.ts';
import { newVolumes } from './volumes.ts';

/** A launch template's data with what the request overrides. */
export interface LaunchRequest {
  readonly data: LaunchTemplateData;
  readonly subnetId?: string | undefined;
  readonly count: number;
  readonly clientToken?: string | undefined;
  /** Anything that differs when the request does. */
  readonly parameters: string;
}

/** EC2's own default, m1.small, is of a generation that the image does not run on. */
const DEFAULT_TYPE = 't3.small';
const MAX_USER_DATA_BYTES = 16_384;

/**
 * Writes the records of new instances; nothing runs yet.
 *
 * @returns the new records, or, when the client token was used before, those of that launch.
 * @throws AwsError with EC2's own codes.
 */
export function prepareLaunch(
  context: Pick<Ec2Context, 'parameters' | 'region' | 'resources' | 'volumeKeys'>,
  images: Images,
  instances: Instances,
  request: LaunchRequest,
): { readonly records: readonly InstanceRecord[]; readonly repeated: boolean } {
  const earlier = launchedBefore(instances, request);
  if (earlier.length > 0) return { records: earlier, repeated: true };
  const { data } = request;
  const image = images.get(resolveImage(context, data.ImageId));
  const network = data.NetworkInterfaces?.[0];
  const securityGroups = [...(data.SecurityGroupIds ?? []), ...(network?.Groups ?? [])];
  const chosen = placement(
    context.resources,
    context.region,
    request.subnetId ?? network?.SubnetId,
    securityGroups,
  );
  const type = instanceType(data.InstanceType ?? DEFAULT_TYPE, chosen.availabilityZone);
  requireArchitecture(type, image.architecture);
  const profile = instanceProfile(context, data.IamInstanceProfile);
  const reservationId = newId('r');
  const records: InstanceRecord[] = [];
  for (let launchIndex = 0; launchIndex < request.count; launchIndex++) {
    const privateIp = freeAddress(instances.all());
    const record: InstanceRecord = {
      id: newId('i'),
      state: 'pending',
      imageId: image.id,
      instanceType: type.name,
      launchTime: new Date().toISOString(),
      launchIndex,
      reservationId,
      privateIp,
      mac: macAddress(privateIp),
      subnetId: chosen.subnetId,
      vpcId: chosen.vpcId,
      availabilityZone: chosen.availabilityZone,
      securityGroups,
      ...(profile && { instanceProfile: profile }),
      metadataOptions: {
        httpTokens: data.MetadataOptions?.HttpTokens === 'optional' ? 'optional' : 'required',
        hopLimit: Number(data.MetadataOptions?.HttpPutResponseHopLimit ?? 1),
        instanceTags: data.MetadataOptions?.InstanceMetadataTags === 'enabled',
      },
      tags: tagsFor('instance', data.TagSpecifications),
      volumes: newVolumes(context.volumeKeys, data, image),
      ...(data.UserData !== undefined && { userData: checkUserData(data.UserData) }),
      shutdownBehavior: data.InstanceInitiatedShutdownBehavior === 'terminate' ? 'terminate' : 'stop',
      ...(request.clientToken !== undefined && {
        client: { token: request.clientToken, parameters: fingerprint(request) },
      }),
      consoleOffset: 0,
    };
    instances.add(record);
    records.push(record);
  }
  return { records, repeated: false };
}

function launchedBefore(instances: Instances, request: LaunchRequest): InstanceRecord[] {
  if (request.clientToken === undefined) return [];
  const same = instances.all().filter(({ client }) => client?.token === request.clientToken);
  if (same.some(({ client }) => client?.parameters !== fingerprint(request))) {
    throw new AwsError(
      'IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  }
  return same;
}

function fingerprint({ parameters }: LaunchRequest): string {
  return createHash('sha256').update(parameters).digest('hex');
}

/** An AMI id, or `resolve:ssm:NAME`, with `:VERSION` or `:LABEL` allowed and not looked at. */
export function resolveImage(context: Pick<Ec2Context, 'parameters'>, id: string | undefined): string {
  if (id === undefined)
    throw new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
  const name = /^resolve:ssm:([^:]+)/.exec(id)?.[1];
  if (name === undefined) return id;
  const value = context.parameters.get(name);
  if (value === undefined) {
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid value '${id}' for ImageId. The SSM parameter ${name} does not exist: has an image been baked?`,
    );
  }
  return value;
}

function instanceProfile(
  { resources }: Pick<Ec2Context, 'resources'>,
  wanted: LaunchTemplateData['IamInstanceProfile'],
): InstanceRecord['instanceProfile'] {
  if (wanted === undefined) return undefined;
  const found = resources
    .ofType('AWS::IAM::InstanceProfile')
    .find((profile) => profile.physicalId === wanted.Name || profile.attribute('Arn') === wanted.Arn);
  const [role] = (found?.properties['Roles'] ?? []) as readonly string[];
  if (found === undefined || role === undefined) {
    const name = wanted.Name ?? wanted.Arn ?? '';
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${name}) for parameter iamInstanceProfile is invalid.`,
    );
  }
  const id = createHash('sha256').update(found.physicalId).digest('hex').slice(0, 17).toUpperCase();
  return { arn: String(found.attribute('Arn')), id: `AIPA${id}`, role };
}

function checkUserData(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) {
    throw new AwsError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  }
  if (bytes.length > MAX_USER_DATA_BYTES) {
    throw new AwsError('InvalidParameterValue', 'User data is limited to 16384 bytes');
  }
  return base64;
}
