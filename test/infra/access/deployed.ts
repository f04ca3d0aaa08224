import type { PolicyDocument } from '../../../local/engine/contracts/policy.ts';
import { ACCESS_ROLES, type AccessRole } from '../../../protocol/access.ts';
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

export interface Key {
  readonly arn: string;
  readonly policy: PolicyDocument;
}

/** The policies of a stage as IAM would have them, and the resources that they are about. */
export interface Deployed {
  readonly roles: Readonly<Record<AccessRole, Role>>;
  readonly members: PolicyDocument;
  readonly membersOf: Readonly<Record<AccessRole, PolicyDocument>>;
  readonly guard: PolicyDocument;
  readonly guardArn: string;
  readonly api: { readonly id: string; readonly policy: PolicyDocument };
  readonly keys: Readonly<Record<'recovery' | 'seal', Key>>;
  /** Of volumes, when no key is configured: EC2's own in the account. */
  readonly ebsKey: Key;
  /** One for each subnet of the fleet. */
  readonly launchTemplateArns: readonly string[];
  readonly instanceRoleArn: string;
}

const ownArn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
/** Policy of `alias/aws/ebs`, as AWS writes it in every account. */
const EBS_KEY: Key = {
  arn: ownArn('kms', 'key/eb500000-0000-4000-8000-000000000000'),
  policy: {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:CallerAccount': ACCOUNT, 'kms:ViaService': `ec2.${REGION}.amazonaws.com` },
        },
      },
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  } as PolicyDocument,
};

/** Keys that somebody made with the policy that KMS proposes, which leaves everything to the account's policies. */
const ownKey = (id: string): Key => ({
  arn: ownArn('kms', `key/${id}`),
  policy: {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  } as PolicyDocument,
});

export const OWN_KEY = ownKey('00000000-1111-4222-8333-444444444444');
export const SNAPSHOT_KEY = ownKey('55555555-6666-4777-8888-999999999999');

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
  const templateIds = Object.keys(templates.fleet.findResources('AWS::EC2::LaunchTemplate')).map((id) =>
    resolve('fleet', { Ref: id }),
  );
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
    ebsKey: EBS_KEY,
    keys: { recovery: key('Recovery'), seal: key('Seal') },
    launchTemplateArns: templateIds.map((id) => ownArn('ec2', `launch-template/${id}`)),
    instanceRoleArn: roleArn(`sealroot-dev-${REGION}-instance`),
  };
}

/** Logical id of the first resource of a type whose id begins so. */
function idOf(template: Templates['fleet'], type: string, prefix = ''): string {
  return Object.keys(template.findResources(type)).find((id) => id.startsWith(prefix))!;
}
