import { describe, expect, it } from '@jest/globals';
import { Stack } from 'aws-cdk-lib/core';
import { parseConfig } from '../../lib/config.ts';
import { trustPolicy } from '../../lib/access/trust.ts';
import { holds } from '../../local/services/iam/evaluation/conditions.ts';
import { lookupIn } from '../../local/services/iam/evaluation/patterns.ts';
import { ACCESS_ROLES } from '../../protocol/access.ts';
import {
  actionsOf,
  allStatements,
  only,
  statement,
  synthesizeOne,
  text,
  type Json,
  type Statement,
} from './app.ts';

const ROOT = 'arn:<AWS::Partition>:iam::<AWS::AccountId>:root';
const SAML = 'arn:aws:iam::111122223333:saml-provider/work';
const OIDC = 'arn:aws:iam::111122223333:oidc-provider/id.example.com/tenant';
const MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
const OWN_NAME = { StringEquals: { 'sts:RoleSessionName': '${aws:username}' } };

const templates = synthesizeOne();

const roleOf = (access: typeof templates.access, role: string): Json =>
  only(access, 'AWS::IAM::Role', new RegExp(`^${role}Role`));

/** Statements of the operator's trust policy when it has these principals. */
function trustOf(principals: object): Statement[] {
  const { stages } = parseConfig({ stages: [{ name: 'dev', access: { operator: { principals } } }] });
  return new Stack().resolve(trustPolicy(stages[0]!.access.roles.operator)).Statement;
}

describe('the four roles', () => {
  it.each([
    ['Operator', 'operator', 14_400, '3600'],
    ['Custodian', 'custodian', 3600, '300'],
    ['Auditor', 'auditor', 28_800, '3600'],
    ['Maintainer', 'maintainer', 14_400, '3600'],
  ])('%s: has its name, its boundary and its limits', (id, role, session, age) => {
    const properties = roleOf(templates.access, id);
    expect(text(properties.RoleName)).toBe(`sealroot-dev-<AWS::Region>-access-${role}`);
    expect(text(properties.PermissionsBoundary)).toMatch(/^<Boundary/);
    expect(properties.MaxSessionDuration).toBe(session);
    expect(properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Sid: 'OwnAccount',
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { AWS: expect.anything() },
        Condition: { ...MFA, ...OWN_NAME, NumericLessThan: { 'aws:MultiFactorAuthAge': age } },
      },
    ]);
    expect(text(properties.AssumeRolePolicyDocument.Statement[0].Principal.AWS)).toBe(ROOT);
  });

  it('take their limits from the configuration', () => {
    const { access } = synthesizeOne({
      access: { auditor: { maxMfaAgeSeconds: 120, sessionSeconds: 7200 } },
    });
    const { MaxSessionDuration, AssumeRolePolicyDocument } = roleOf(access, 'Auditor');
    expect(MaxSessionDuration).toBe(7200);
    expect(AssumeRolePolicyDocument.Statement[0].Condition.NumericLessThan).toEqual({
      'aws:MultiFactorAuthAge': '120',
    });
  });

  it('are outputs, and so is the guard', () => {
    const names = Object.keys(templates.access.findOutputs('*'));
    expect(names).toEqual(
      expect.arrayContaining([
        'OperatorRoleArn',
        'CustodianRoleArn',
        'AuditorRoleArn',
        'MaintainerRoleArn',
        'GuardPolicyArn',
      ]),
    );
  });

  it('are given nothing that their boundary does not have, with a key for disks', () => {
    // Without a key of its own a stage gives nobody the right to use one.
    const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012';
    const { access } = synthesizeOne({ fleet: { kmsKeyArn } });
    const boundary: Statement[] = only(access, 'AWS::IAM::ManagedPolicy', /^Boundary/).PolicyDocument
      .Statement;
    const ceiling = boundary.filter(({ Effect }) => Effect === 'Allow').flatMap(actionsOf);
    const given = ACCESS_ROLES.flatMap((role) =>
      roleOf(access, `${role.charAt(0).toUpperCase()}${role.slice(1)}`).Policies.flatMap((one: Json) =>
        one.PolicyDocument.Statement.flatMap(actionsOf),
      ),
    );
    expect([...new Set(given)].sort()).toEqual([...new Set(ceiling)].sort());
  });

  it('are allowed actions by name', () => {
    const allowed = allStatements(templates.access).filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.flatMap(actionsOf).filter((action) => /[*?]/.test(action))).toEqual([]);
  });
});

describe('when a role has principals', () => {
  it('trusts users by name, and nobody else of the account', () => {
    const [users, ...more] = trustOf({ users: ['ada', 'engineering/grace'] });
    expect(more).toEqual([]);
    expect((users?.Principal as Json).AWS.map(text)).toEqual([
      'arn:<AWS::Partition>:iam::<AWS::AccountId>:user/ada',
      'arn:<AWS::Partition>:iam::<AWS::AccountId>:user/engineering/grace',
    ]);
    expect(users?.Condition).toMatchObject({ ...MFA, ...OWN_NAME });
  });

  it('trusts the account for groups, which a trust policy cannot name', () => {
    const [own, ...more] = trustOf({ groups: ['operators'] });
    expect(more).toEqual([]);
    expect(text((own?.Principal as Json).AWS)).toBe(ROOT);
    expect(own?.Condition).toMatchObject({ ...MFA, ...OWN_NAME });
  });

  it('trusts the users of another account, and those of its own no longer', () => {
    const [other, ...more] = trustOf({ accounts: ['444455556666'] });
    expect(more).toEqual([]);
    expect(text((other?.Principal as Json).AWS)).toBe('arn:<AWS::Partition>:iam::444455556666:root');
    expect(other?.Condition).toMatchObject({ ...MFA, ...OWN_NAME });
  });

  it('trusts a SAML provider that asserts MFA by a session tag', () => {
    const [saml] = trustOf({ saml: [{ provider: SAML, mfa: { tag: 'mfa', value: 'true' } }] });
    expect(saml).toMatchObject({
      Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
      Principal: { Federated: SAML },
      Condition: { StringEquals: { 'aws:RequestTag/mfa': 'true', 'SAML:aud': expect.anything() } },
    });
  });

  it('trusts a SAML provider that asserts MFA by its assurance', () => {
    const [saml] = trustOf({
      saml: [{ provider: SAML, mfa: { assurance: 'https://refeds.org/profile/mfa' } }],
    });
    expect(saml).toMatchObject({
      Action: 'sts:AssumeRoleWithSAML',
      Condition: {
        'ForAnyValue:StringEquals': { 'saml:edupersonassurance': 'https://refeds.org/profile/mfa' },
      },
    });
  });

  it('trusts an OIDC provider for an audience, subjects, MFA, and a session named after the subject', () => {
    const [oidc] = trustOf({
      oidc: [{ provider: OIDC, audiences: ['sealroot'], subjects: ['ada@*'], mfa: { amr: 'mfa' } }],
    });
    expect(oidc).toMatchObject({
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: OIDC },
      Condition: {
        StringEquals: {
          'id.example.com/tenant:aud': ['sealroot'],
          'sts:RoleSessionName': '${id.example.com/tenant:sub}',
        },
        StringLike: { 'id.example.com/tenant:sub': ['ada@*'] },
        'ForAnyValue:StringEquals': { 'id.example.com/tenant:amr': 'mfa' },
      },
    });
  });
});

describe('the conditions on a provider', () => {
  const NAME = 'id.example.com/tenant';
  const token = {
    [`${NAME}:aud`]: 'sealroot',
    [`${NAME}:sub`]: 'ada',
    [`${NAME}:amr`]: ['pwd', 'mfa'],
    'sts:RoleSessionName': 'ada',
  };
  const [oidc] = trustOf({
    oidc: [{ provider: OIDC, audiences: ['sealroot'], subjects: ['ada', 'grace'], mfa: { amr: 'mfa' } }],
  });
  const [saml] = trustOf({ saml: [{ provider: SAML, mfa: { tag: 'mfa', value: 'true' } }] });
  const letsIn = (one: Statement | undefined, context: Record<string, string | string[] | undefined>) =>
    holds(one!.Condition!, lookupIn(context));

  it('hold for a token that says all of it', () => {
    expect(letsIn(oidc, token)).toBe(true);
  });

  it.each([
    ['without MFA', { [`${NAME}:amr`]: ['pwd'] }],
    ['that does not say how', { [`${NAME}:amr`]: undefined }],
    ['for another audience', { [`${NAME}:aud`]: 'payroll' }],
    ['of somebody else', { [`${NAME}:sub`]: 'mallory', 'sts:RoleSessionName': 'mallory' }],
    ['in another’s name', { 'sts:RoleSessionName': 'grace' }],
  ])('do not hold for a token %s', (_, members) => {
    expect(letsIn(oidc, { ...token, ...members })).toBe(false);
  });

  it.each([
    [true, { 'aws:RequestTag/mfa': 'true' }],
    [false, { 'aws:RequestTag/mfa': 'false' }],
    [false, {}],
  ])('are %p for a SAML assertion with %j', (expected, tags) => {
    expect(letsIn(saml, { 'SAML:aud': 'https://signin.aws.amazon.com/saml', ...tags })).toBe(expected);
  });
});

describe('the policies of members', () => {
  const access = {
    operator: { principals: { users: ['engineering/ada'], groups: ['operators'] } },
    custodian: { principals: { users: ['grace'] } },
  };
  const configured = synthesizeOne({ access }).access;
  const policy = (id: RegExp): Json => only(configured, 'AWS::IAM::ManagedPolicy', id);

  it('are for each role attached to whom it has, and to no others', () => {
    expect(policy(/^Membersoperator/)).toMatchObject({ Users: ['ada'], Groups: ['operators'] });
    expect(policy(/^Memberscustodian/)).toMatchObject({ Users: ['grace'] });
    expect(policy(/^Memberscustodian/)).not.toHaveProperty('Groups');
    expect(policy(/^Membersauditor/)).not.toHaveProperty('Users');
    expect(policy(/^MembersPolicy/)).toMatchObject({ Users: ['ada', 'grace'], Groups: ['operators'] });
  });

  it('are there for an administrator to attach when nobody is named', () => {
    const members = only(templates.access, 'AWS::IAM::ManagedPolicy', /^Membersoperator/);
    expect(text(members.ManagedPolicyName)).toBe('sealroot-dev-<AWS::Region>-members-operator');
    expect(members).not.toHaveProperty('Users');
  });
});

describe('the operator API', () => {
  it('denies everybody who is not of the four roles, and allows nobody by itself', () => {
    const { Statement: statements } = only(templates.operator, 'AWS::ApiGateway::RestApi').Policy;
    expect(statements).toHaveLength(1);
    const { Condition, ...rest } = statement(statements, 'DenyOtherCallers');
    expect(rest).toEqual({
      Sid: 'DenyOtherCallers',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
    });
    expect(Object.keys(Condition ?? {})).toEqual(['ArnNotEquals']);
    expect((Condition?.['ArnNotEquals']?.['aws:PrincipalArn'] as Json[]).map(text)).toEqual(
      ACCESS_ROLES.map(
        (role) => `arn:<AWS::Partition>:iam::<AWS::AccountId>:role/sealroot-dev-<AWS::Region>-access-${role}`,
      ),
    );
  });
});

describe('separation of duties', () => {
  const setting = ({ operator }: typeof templates) =>
    only(operator, 'AWS::Lambda::Function').Environment.Variables.SEALROOT_SEPARATION_OF_DUTIES;
  const looks = ({ operator }: typeof templates) =>
    allStatements(operator).some((one) => actionsOf(one).includes('ec2:DescribeInstances'));

  it('is off, and the Lambda sees no instances, unless it is configured', () => {
    expect([setting(templates), looks(templates)]).toEqual(['none', false]);
    const separated = synthesizeOne({ access: { separationOfDuties: true } });
    expect([setting(separated), looks(separated)]).toEqual(['required', true]);
  });
});
