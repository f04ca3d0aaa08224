import { required, type Members } from '../../../engine/query-protocol.ts';
import { noSuchEntity } from '../store/users.ts';
import { authorize, type IamAction } from './action.ts';

export const attachUserPolicy: IamAction = (iam, request) => {
  const name = required(request.input, 'UserName');
  const arn = required(request.input, 'PolicyArn');
  authorize(iam, request, `user/${name}`, { 'iam:PolicyARN': arn });
  if (iam.policies.managed(arn) === undefined) {
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  }
  iam.users.attach(name, arn);
  return undefined;
};

export const detachUserPolicy: IamAction = (iam, request) => {
  const name = required(request.input, 'UserName');
  const arn = required(request.input, 'PolicyArn');
  authorize(iam, request, `user/${name}`, { 'iam:PolicyARN': arn });
  iam.users.detach(name, arn);
  return undefined;
};

export const listAttachedUserPolicies: IamAction = (iam, request) => {
  const name = required(request.input, 'UserName');
  authorize(iam, request, `user/${name}`);
  return { AttachedPolicies: iam.policies.arnsOfUser(name).map(describe), IsTruncated: false };
};

export const listAttachedGroupPolicies: IamAction = (iam, request) => {
  const name = required(request.input, 'GroupName');
  authorize(iam, request, `group/${name}`);
  const group = iam.users.getGroup(name);
  return { AttachedPolicies: iam.policies.arnsOfGroup(group.name).map(describe), IsTruncated: false };
};

const describe = (arn: string): Members => ({
  PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
  PolicyArn: arn,
});
