import type { Element } from '../../../engine/query-protocol.ts';
import { noSuchEntity, type Group, type User } from '../store/users.ts';
import { authorize, userName, type Iam, type IamAction } from './action.ts';

export const createUser: IamAction = (iam, request) => {
  const name = request.input.require('UserName');
  authorize(iam, request, `user/${name}`);
  return { User: describeUser(iam, iam.users.create(name)) };
};

export const getUser: IamAction = (iam, request) => {
  const name = userName(request);
  authorize(iam, request, `user/${name}`);
  return { User: describeUser(iam, iam.users.get(name)) };
};

export const createAccessKey: IamAction = (iam, request) => {
  const name = userName(request);
  authorize(iam, request, `user/${name}`);
  const { id, secret, created } = iam.users.createKey(name);
  return {
    AccessKey: {
      UserName: name,
      AccessKeyId: id,
      Status: 'Active',
      SecretAccessKey: secret,
      CreateDate: created,
    },
  };
};

export const listAccessKeys: IamAction = (iam, request) => {
  const name = userName(request);
  authorize(iam, request, `user/${name}`);
  const keys = iam.users.get(name).keys.map(({ id, created }) => ({
    UserName: name,
    AccessKeyId: id,
    Status: 'Active',
    CreateDate: created,
  }));
  return { AccessKeyMetadata: keys, IsTruncated: false };
};

export const deleteAccessKey: IamAction = (iam, request) => {
  const name = userName(request);
  const id = request.input.require('AccessKeyId');
  authorize(iam, request, `user/${name}`);
  iam.users.deleteKey(name, id);
  return undefined;
};

export const createGroup: IamAction = (iam, request) => {
  const name = request.input.require('GroupName');
  authorize(iam, request, `group/${name}`);
  return { Group: describeGroup(iam, iam.users.createGroup(name)) };
};

export const addUserToGroup: IamAction = (iam, request) => {
  const group = request.input.require('GroupName');
  authorize(iam, request, `group/${group}`);
  iam.users.addToGroup(request.input.require('UserName'), group);
  return undefined;
};

export const removeUserFromGroup: IamAction = (iam, request) => {
  const group = request.input.require('GroupName');
  authorize(iam, request, `group/${group}`);
  iam.users.removeFromGroup(request.input.require('UserName'), group);
  return undefined;
};

export const listGroupsForUser: IamAction = (iam, request) => {
  const name = request.input.require('UserName');
  authorize(iam, request, `user/${name}`);
  const groups = iam.users.get(name).groups.map((group) => describeGroup(iam, iam.users.getGroup(group)));
  return { Groups: groups, IsTruncated: false };
};

export const getRole: IamAction = (iam, request) => {
  const name = request.input.require('RoleName');
  authorize(iam, request, `role/${name}`);
  const role = iam.identities.role(name);
  if (role?.physicalId !== name) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  const { AssumeRolePolicyDocument, Description, MaxSessionDuration, PermissionsBoundary } = role.properties;
  return {
    Role: {
      Path: '/',
      RoleName: name,
      RoleId: String(role.attribute('RoleId')),
      Arn: String(role.attribute('Arn')),
      // The local cloud does not record when a template was deployed.
      CreateDate: new Date(0).toISOString(),
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(AssumeRolePolicyDocument)),
      Description: typeof Description === 'string' ? Description : undefined,
      MaxSessionDuration: Number(MaxSessionDuration ?? 3600),
      PermissionsBoundary:
        typeof PermissionsBoundary === 'string'
          ? { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: PermissionsBoundary }
          : undefined,
    },
  };
};

export function describeUser({ account }: Iam, { name, id, created }: User): Element {
  return {
    Path: '/',
    UserName: name,
    UserId: id,
    Arn: `arn:aws:iam::${account}:user/${name}`,
    CreateDate: created,
  };
}

function describeGroup({ account }: Iam, { name, id, created }: Group): Element {
  return {
    Path: '/',
    GroupName: name,
    GroupId: id,
    Arn: `arn:aws:iam::${account}:group/${name}`,
    CreateDate: created,
  };
}
