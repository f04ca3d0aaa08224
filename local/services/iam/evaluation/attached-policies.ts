import type { PolicyDocument } from '../../../engine/contracts/policy.ts';
import type { Resource, Resources } from '../../../engine/contracts/resources.ts';
import { ADMINISTRATOR_ACCESS, type LocalUsers } from '../store/users.ts';

interface InlinePolicy {
  readonly PolicyDocument: PolicyDocument;
}

/** AWS's own policies, as far as anything here uses them. */
const AWS_MANAGED: Readonly<Record<string, PolicyDocument>> = {
  [ADMINISTRATOR_ACCESS]: { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
};

/** Finds the policies that are attached to a role or a user: in the templates, and by the IAM service. */
export class AttachedPolicies {
  private readonly resources: Resources;
  private readonly users: LocalUsers;
  private readonly log: (line: string) => void;
  private readonly byRole = new Map<string, readonly PolicyDocument[]>();

  constructor(resources: Resources, users: LocalUsers, log: (line: string) => void) {
    this.resources = resources;
    this.users = users;
    this.log = log;
  }

  /** Templates do not change while the local cloud runs, so a role's policies are collected once. */
  ofRole(name: string): readonly PolicyDocument[] {
    const known = this.byRole.get(name);
    if (known !== undefined) return known;
    const role = this.role(name);
    const inline = (role?.properties['Policies'] ?? []) as readonly InlinePolicy[];
    const attached = this.inTemplates(
      'Roles',
      'RoleName',
      [name],
      ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy'],
    );
    const arns = (role?.properties['ManagedPolicyArns'] ?? []) as readonly string[];
    const found = [
      ...inline.map((policy) => policy.PolicyDocument),
      ...attached.map(documentOf),
      ...this.byArn(name, arns),
    ];
    this.byRole.set(name, found);
    return found;
  }

  /** A user's own policies and those of the user's groups. */
  ofUser(name: string): readonly PolicyDocument[] {
    const { policies = [], groups = [] } = this.users.find(name) ?? {};
    const inline = [
      ...this.inTemplates('Users', 'UserName', [name], ['AWS::IAM::Policy', 'AWS::IAM::UserPolicy']),
      ...this.inTemplates('Groups', 'GroupName', groups, ['AWS::IAM::Policy', 'AWS::IAM::GroupPolicy']),
    ];
    const managed = [
      ...this.inTemplates('Users', '', [name], ['AWS::IAM::ManagedPolicy']),
      ...this.inTemplates('Groups', '', groups, ['AWS::IAM::ManagedPolicy']),
    ];
    return [...[...inline, ...managed].map(documentOf), ...this.byArn(name, policies)];
  }

  /** ARNs of the managed policies that are attached to the user itself, by a template or by the IAM service. */
  arnsOfUser(name: string): readonly string[] {
    const byTemplate = this.inTemplates('Users', '', [name], ['AWS::IAM::ManagedPolicy']);
    return [
      ...new Set([...byTemplate.map(({ physicalId }) => physicalId), ...this.users.get(name).policies]),
    ];
  }

  /** ARNs of the managed policies that a template attaches to a group. */
  arnsOfGroup(name: string): readonly string[] {
    return this.inTemplates('Groups', '', [name], ['AWS::IAM::ManagedPolicy']).map(
      ({ physicalId }) => physicalId,
    );
  }

  boundaryOfRole(name: string): PolicyDocument | undefined {
    const arn = this.role(name)?.properties['PermissionsBoundary'];
    if (typeof arn !== 'string') return undefined;
    // A boundary that is not there bounds everything.
    return this.managed(arn) ?? {};
  }

  managed(arn: string): PolicyDocument | undefined {
    if (Object.hasOwn(AWS_MANAGED, arn)) return AWS_MANAGED[arn];
    const policy = this.resources
      .ofType('AWS::IAM::ManagedPolicy')
      .find(({ physicalId }) => physicalId === arn);
    return policy && documentOf(policy);
  }

  private byArn(who: string, arns: readonly string[]): readonly PolicyDocument[] {
    return arns.flatMap((arn) => {
      const policy = this.managed(arn);
      if (policy === undefined) this.log(`${who}: ${arn} is not in the templates and grants nothing here`);
      return policy === undefined ? [] : [policy];
    });
  }

  /** Policies of some types that name one of these in their list, or as their only one. */
  private inTemplates(
    list: string,
    single: string,
    wanted: readonly string[],
    types: readonly string[],
  ): readonly Resource[] {
    return types
      .flatMap((type) => this.resources.ofType(type))
      .filter(({ properties }) => {
        const named = (properties[list] ?? [properties[single]]) as readonly unknown[];
        return named.some((name) => typeof name === 'string' && wanted.includes(name));
      });
  }

  private role(name: string): Resource | undefined {
    return this.resources.ofType('AWS::IAM::Role').find(({ physicalId }) => physicalId === name);
  }
}

const documentOf = ({ properties }: Resource): PolicyDocument =>
  properties['PolicyDocument'] as PolicyDocument;
