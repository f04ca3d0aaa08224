import type { Element } from '../../../engine/query-protocol.ts';
import { noSuchEntity } from '../store/users.ts';
import { authorize, type IamAction } from './action.ts';

export const attachUserPolicy: IamAction = (iam, request) => {
  const name = request.input.require('UserName');
  const arn = request.input.require('PolicyArn');
  authorize(iam, request, `user/${name}`, { 'iam:PolicyARN': arn });
  if (iam.policies.managed(arn) === undefined) {
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  }
  iam.users.attach(name, arn);
  return undefined;
};

export const detachUserPolicy: IamAction = (iam, request) => {
  const name = request.input.require('UserName');
  const arn = request.input.require('PolicyArn');
  authorize(iam, request, `user/${name}`, { 'iam:PolicyARN': arn });
  iam.users.detach(name, arn);
  return undefined;
};

export const listAttachedUserPolicies: IamAction = (iam, request) => {
  const name = request.input.require('UserName');
  authorize(iam, request, `user/${name}`);
  return { AttachedPolicies: iam.policies.arnsOfUser(name).map(describe), IsTruncated: false };
};

export const listAttachedGroupPolicies: IamAction = (iam, request) => {
  const name = request.input.require('GroupName');
  authorize(iam, request, `group/${name}`);
  const group = iam.users.getGroup(name);
  return { AttachedPolicies: iam.policies.arnsOfGroup(group.name).map(describe), IsTruncated: false };
};

const describe = (arn: string): Element => ({
  PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
  PolicyArn: arn,
});
