import { ACCESS_ROLES, type AccessRole } from '../../../protocol/access.ts';
import type { PolicyDocument } from '../../../local/services/iam/evaluation/policy.ts';
import { only, type Json, type Templates } from '../app.ts';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
};

interface Role {
  readonly arn: string;
  readonly trust: PolicyDocument;
  readonly permissions: PolicyDocument;
  readonly boundary: PolicyDocument;
  readonly maxSessionSeconds: number;
}

/** The policies of a stage as IAM would have them, and the resources that they are about. */
export interface Deployed {
  readonly roles: Readonly<Record<AccessRole, Role>>;
  readonly members: PolicyDocument;
  readonly membersOf: Readonly<Record<AccessRole, PolicyDocument>>;
  readonly guard: PolicyDocument;
  readonly guardArn: string;
  readonly api: { readonly id: string; readonly policy: PolicyDocument };
  readonly keys: Readonly<
    Record<'recovery' | 'seal', { readonly arn: string; readonly policy: PolicyDocument }>
  >;
  readonly launchTemplateArn: string;
  readonly instanceRoleArn: string;
}

const ownArn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

/** Puts values where a template has references, as a deployment would. */
export function deploy(templates: Templates): Deployed {
  const all = Object.values(templates).map((template) => template.toJSON());
  const resources: Record<string, Json> = Object.assign({}, ...all.map(({ Resources }) => Resources));
  const exports = new Map<string, unknown>(
    all.flatMap(({ Outputs = {} }) =>
      Object.values<Json>(Outputs).flatMap(({ Export, Value }) =>
        Export ? [[Export.Name, Value] as const] : [],
      ),
    ),
  );

  const resolve = (value: Json): Json => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(resolve);
    if ('Ref' in value) return PSEUDO[value.Ref] ?? identify(value.Ref);
    if ('Fn::Join' in value) return resolve(value['Fn::Join'][1]).join(value['Fn::Join'][0]);
    if ('Fn::ImportValue' in value)
      return resolve(
        exports.get(value['Fn::ImportValue'].split(':').at(-1)) ?? exports.get(value['Fn::ImportValue']),
      );
    if ('Fn::GetAtt' in value) return identify(value['Fn::GetAtt'][0]);
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member)]));
  };
  /** What the references of these policies to a resource stand for: its ARN, or its id where EC2 and API Gateway have ids. */
  const identify = (logicalId: string): string => {
    const { Type, Properties } = resources[logicalId];
    switch (Type) {
      case 'AWS::ApiGateway::RestApi':
        return 'a1b2c3d4e5';
      case 'AWS::EC2::LaunchTemplate':
        return 'lt-0123456789abcdef0';
      case 'AWS::IAM::ManagedPolicy':
        return `arn:aws:iam::${ACCOUNT}:policy/${resolve(Properties.ManagedPolicyName)}`;
      case 'AWS::IAM::Role':
        return roleArn(resolve(Properties.RoleName ?? logicalId));
      case 'AWS::KMS::Key':
        return ownArn('kms', `key/${logicalId}`);
      default:
        throw new Error(`nothing is known of ${Type}`);
    }
  };

  const access = (type: string, id: RegExp): Json => resolve(only(templates.access, type, id));
  const managed = (id: RegExp): PolicyDocument => access('AWS::IAM::ManagedPolicy', id).PolicyDocument;
  const byRole = <T>(make: (role: AccessRole) => T) =>
    Object.fromEntries(ACCESS_ROLES.map((role) => [role, make(role)])) as Record<AccessRole, T>;
  const key = (name: string) => {
    const [id = ''] = Object.keys(templates.keyserver.findResources('AWS::KMS::Key')).filter((one) =>
      one.startsWith(`Keys${name}`),
    );
    return { arn: identify(id), policy: resolve(resources[id].Properties.KeyPolicy) };
  };
  const apiPolicy = resolve(only(templates.operator, 'AWS::ApiGateway::RestApi').Policy);
  return {
    roles: byRole((role) => {
      const properties = access('AWS::IAM::Role', new RegExp(`^${role}Role`, 'i'));
      return {
        arn: roleArn(properties.RoleName),
        trust: properties.AssumeRolePolicyDocument,
        permissions: properties.Policies[0].PolicyDocument,
        boundary: managed(/^Boundary/),
        maxSessionSeconds: properties.MaxSessionDuration,
      };
    }),
    members: managed(/^MembersPolicy/),
    membersOf: byRole((role) => managed(new RegExp(`^Members${role}`))),
    guard: managed(/^Guard/),
    guardArn: `arn:aws:iam::${ACCOUNT}:policy/sealroot-dev-${REGION}-mfa-guard`,
    api: {
      id: 'a1b2c3d4e5',
      // API Gateway puts its own id into a policy that leaves it out.
      policy: JSON.parse(
        JSON.stringify(apiPolicy).replaceAll('"execute-api:/', `"${ownArn('execute-api', 'a1b2c3d4e5/')}`),
      ),
    },
    keys: { recovery: key('Recovery'), seal: key('Seal') },
    launchTemplateArn: ownArn('ec2', 'launch-template/lt-0123456789abcdef0'),
    instanceRoleArn: roleArn(`sealroot-dev-${REGION}-instance`),
  };
}
