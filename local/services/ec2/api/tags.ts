import { AwsError } from '../../../engine/contracts/errors.ts';
import { arn, authorize, tagConditions, type Action, type Ec2State } from './action.ts';

type Tags = Readonly<Record<string, string>>;

/** A resource that carries tags, with the way to change them. */
interface Tagged {
  readonly type: 'instance' | 'image' | 'volume';
  readonly id: string;
  readonly tags: Tags;
  write(tags: Tags): void;
}

export const createTags: Action = (ec2, request) => {
  const tags = request.parameters
    .structures('Tag')
    .map((tag) => [tag.require('Key'), tag.get('Value') ?? ''] as const);
  if (tags.length === 0) throw new AwsError('MissingParameter', 'The request must contain the parameter Tag');
  if (tags.some(([key]) => key.startsWith('aws:'))) {
    throw new AwsError(
      'InvalidParameterValue',
      'Tag keys starting with "aws:" are reserved for internal use',
    );
  }
  const resources = request.parameters.list('ResourceId').map((id) => tagged(ec2, id));
  for (const { type, id, tags: old } of resources) {
    authorize(ec2, request, 'ec2:CreateTags', arn(ec2, type, id), tagConditions(old));
  }
  for (const resource of resources) resource.write({ ...resource.tags, ...Object.fromEntries(tags) });
  return { return: true };
};

export const deleteTags: Action = (ec2, request) => {
  const wanted = request.parameters
    .structures('Tag')
    .map((tag) => [tag.require('Key'), tag.get('Value')] as const);
  const resources = request.parameters.list('ResourceId').map((id) => tagged(ec2, id));
  for (const { type, id, tags } of resources) {
    authorize(ec2, request, 'ec2:DeleteTags', arn(ec2, type, id), tagConditions(tags));
  }
  const goes = (key: string, value: string): boolean =>
    wanted.length === 0 || wanted.some(([k, v]) => k === key && (v === undefined || v === value));
  for (const resource of resources) {
    const { tags } = resource;
    resource.write(Object.fromEntries(Object.entries(tags).filter(([key, value]) => !goes(key, value))));
  }
  return { return: true };
};

function tagged({ instances, images }: Ec2State, id: string): Tagged {
  if (id.startsWith('ami-')) {
    return { type: 'image', id, tags: images.get(id).tags, write: (tags) => images.setTags(id, tags) };
  }
  if (!id.startsWith('vol-')) {
    const { tags } = instances.get(id);
    return { type: 'instance', id, tags, write: (changed) => void instances.update(id, { tags: changed }) };
  }
  const owner = instances.all().find(({ volumes }) => volumes.some((volume) => volume.id === id));
  const volume = owner?.volumes.find((candidate) => candidate.id === id);
  if (owner === undefined || volume === undefined) {
    throw new AwsError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
  }
  const write = (tags: Tags): void => {
    const { volumes } = instances.get(owner.id);
    instances.update(owner.id, {
      volumes: volumes.map((candidate) => (candidate.id === id ? { ...candidate, tags } : candidate)),
    });
  };
  return { type: 'volume', id, tags: volume.tags, write };
}
