import { ACCESS_ROLES, type AccessRole } from '../../../protocol/access.ts';
import type { PolicyDocument } from '../../../local/services/iam/evaluation/policy.ts';
import { only, type Json, type Templates } from '../app.ts';
import { deployment, IRELAND } from '../deployment.ts';

export const { account: ACCOUNT, region: REGION } = IRELAND;

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

/** The policies of a stage with values where its templates have references. */
export function deploy(templates: Templates): Deployed {
  const { resolve } = deployment(templates);
  const access = (type: string, id: RegExp): Json => resolve('access', only(templates.access, type, id));
  const managed = (id: RegExp): PolicyDocument => access('AWS::IAM::ManagedPolicy', id).PolicyDocument;
  const byRole = <T>(make: (role: AccessRole) => T) =>
    Object.fromEntries(ACCESS_ROLES.map((role) => [role, make(role)])) as Record<AccessRole, T>;
  const key = (name: string) => {
    const id = idOf(templates.keyserver, 'AWS::KMS::Key', `Keys${name}`);
    const { KeyPolicy } = only(templates.keyserver, 'AWS::KMS::Key', new RegExp(`^${id}$`));
    return {
      arn: resolve('keyserver', { 'Fn::GetAtt': [id, 'Arn'] }),
      policy: resolve('keyserver', KeyPolicy),
    };
  };
  const apiId = resolve('operator', { Ref: idOf(templates.operator, 'AWS::ApiGateway::RestApi') });
  const apiPolicy = resolve('operator', only(templates.operator, 'AWS::ApiGateway::RestApi').Policy);
  const templateId = resolve('fleet', { Ref: idOf(templates.fleet, 'AWS::EC2::LaunchTemplate') });
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
      id: apiId,
      // API Gateway puts its own id into a policy that leaves it out.
      policy: JSON.parse(
        JSON.stringify(apiPolicy).replaceAll('"execute-api:/', `"${ownArn('execute-api', `${apiId}/`)}`),
      ),
    },
    keys: { recovery: key('Recovery'), seal: key('Seal') },
    launchTemplateArn: ownArn('ec2', `launch-template/${templateId}`),
    instanceRoleArn: roleArn(`sealroot-dev-${REGION}-instance`),
  };
}

/** Logical id of the first resource of a type whose id begins so. */
function idOf(template: Templates['fleet'], type: string, prefix = ''): string {
  return Object.keys(template.findResources(type)).find((id) => id.startsWith(prefix))!;
}
