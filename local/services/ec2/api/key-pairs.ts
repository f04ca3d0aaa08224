import { AwsError } from '../../../engine/contracts/errors.ts';
import type { ConditionContext } from '../../../engine/contracts/identity.ts';
import type { KeyPair } from '../key-pairs.ts';
import {
  arn,
  authorize,
  tagConditions,
  tagSet,
  type Action,
  type ActionRequest,
  type Ec2State,
} from './action.ts';
import { filtered } from './filters.ts';

export const createKeyPair: Action = (ec2, request) => {
  const { parameters } = request;
  const name = parameters.require('KeyName');
  const type = parameters.get('KeyType') ?? 'rsa';
  if (type !== 'rsa' && type !== 'ed25519') {
    throw new AwsError('InvalidParameterValue', `Value (${type}) for parameter KeyType is invalid.`);
  }
  if ((parameters.get('KeyFormat') ?? 'pem') !== 'pem') {
    throw new AwsError('InvalidParameterValue', 'The local cloud writes keys in the format pem only.');
  }
  const tags = mayMake(ec2, request, 'ec2:CreateKeyPair', name);
  const { pair, pem } = ec2.keyPairs.create(name, type, tags);
  return { ...described(pair), keyMaterial: pem };
};

export const importKeyPair: Action = (ec2, request) => {
  const { parameters } = request;
  const name = parameters.require('KeyName');
  const material = Buffer.from(parameters.require('PublicKeyMaterial'), 'base64').toString();
  const tags = mayMake(ec2, request, 'ec2:ImportKeyPair', name);
  return described(ec2.keyPairs.import(name, material, tags));
};

export const describeKeyPairs: Action = (ec2, request) => {
  authorize(ec2, request, 'ec2:DescribeKeyPairs', '*');
  const { parameters } = request;
  const all = ec2.keyPairs.all();
  const names = parameters.list('KeyName');
  const ids = parameters.list('KeyPairId');
  const missing =
    names.find((name) => ec2.keyPairs.find(name) === undefined) ??
    ids.find((id) => all.every((pair) => pair.id !== id));
  if (missing !== undefined) throw notFound(missing);
  const named =
    names.length + ids.length === 0
      ? all
      : all.filter(({ id, name }) => names.includes(name) || ids.includes(id));
  const found = filtered(named, parameters, {
    'key-name': ({ name }: KeyPair) => [name],
    'key-pair-id': ({ id }) => [id],
    fingerprint: ({ fingerprint }) => [fingerprint],
  });
  const withKey = parameters.flag('IncludePublicKey');
  return {
    keySet: found.map((pair) => ({
      ...described(pair),
      keyType: pair.type,
      createTime: pair.created,
      publicKey: withKey ? pair.publicKey : undefined,
    })),
  };
};

export const deleteKeyPair: Action = (ec2, request) => {
  const { parameters } = request;
  const id = parameters.get('KeyPairId');
  const name = parameters.get('KeyName');
  if (id === undefined && name === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter KeyName');
  }
  const pair = ec2.keyPairs.all().find((each) => (name === undefined ? each.id === id : each.name === name));
  if (pair === undefined && name === undefined) throw notFound(id ?? '');
  const wanted = pair?.name ?? name ?? '';
  authorize(ec2, request, 'ec2:DeleteKeyPair', arn(ec2, 'key-pair', wanted), tagConditions(pair?.tags ?? {}));
  ec2.keyPairs.delete(wanted);
  return { return: true, keyPairId: pair?.id };
};

/** @returns the tags that it gets. @throws AwsError AccessDenied */
function mayMake(ec2: Ec2State, request: ActionRequest, action: string, name: string): KeyPair['tags'] {
  const tags = Object.fromEntries(
    request.parameters
      .structures('TagSpecification')
      .flatMap((specification) => specification.structures('Tag'))
      .map((tag) => [tag.require('Key'), tag.get('Value') ?? '']),
  );
  const asked: ConditionContext = {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }),
  };
  const resource = arn(ec2, 'key-pair', name);
  authorize(ec2, request, action, resource, asked);
  if (Object.keys(tags).length > 0) {
    authorize(ec2, request, 'ec2:CreateTags', resource, {
      'ec2:CreateAction': action.replace('ec2:', ''),
      ...asked,
    });
  }
  return tags;
}

function described({ id, name, fingerprint, tags }: KeyPair) {
  return { keyPairId: id, keyName: name, keyFingerprint: fingerprint, tagSet: tagSet(tags) };
}

function notFound(what: string): AwsError {
  return new AwsError('InvalidKeyPair.NotFound', `The key pair '${what}' does not exist`);
}
