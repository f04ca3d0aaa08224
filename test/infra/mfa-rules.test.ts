import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { App, Stack } from 'aws-cdk-lib/core';
import { addChecks, cloudFormationValidator } from '../../lib/checks.ts';
import { synthesizeOne, type Json } from './app.ts';

const PRESENT = 'aws:MultiFactorAuthPresent';
const AGE = 'aws:MultiFactorAuthAge';

const folder = mkdtempSync(join(tmpdir(), 'sealroot-rules-'));
const validator = cloudFormationValidator();
const templates = synthesizeOne();

// The validator compiles its rules anew for types that it has not seen: all of them first.
beforeAll(() => {
  const types = Object.values(templates).flatMap((one) => Object.values<Json>(one.toJSON()['Resources']));
  const more = ['User', 'AccessKey', 'Group', 'ManagedPolicy'].map((name) => `AWS::IAM::${name}`);
  broken(
    resources(
      ...[...new Set([...types.map(({ Type }) => Type), ...more, 'AWS::SQS::Queue'])].map(
        (type): [string, Json] => [type, {}],
      ),
    ),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Names of our rules that each resource of a template breaks, as the validator of `npm run check` reports them. */
function findings(template: object): Map<string, string[]> {
  const templatePath = join(folder, 'template.json');
  writeFileSync(templatePath, JSON.stringify(template));
  const stack = { stackConstructPath: 'Test', templatePath, accountId: '111122223333', region: 'eu-west-1' };
  const report = validator.validate({ stackTemplates: [stack] } as unknown as Parameters<
    typeof validator.validate
  >[0]);
  const ours = report.violations.filter(({ ruleName }) => /^[A-Z]+_[A-Z_]+$/.test(ruleName));
  for (const { severity } of ours) expect(severity).toBe('error');
  if (ours.length > 0) expect(report.success).toBe(false);
  const found = new Map<string, string[]>();
  for (const { ruleName, violatingResources } of ours)
    for (const { resourceLogicalId = '' } of violatingResources)
      found.set(resourceLogicalId, [...new Set([...(found.get(resourceLogicalId) ?? []), ruleName])].sort());
  return found;
}

/** Names of our rules that a template breaks. */
const broken = (template: object): string[] => [...new Set([...findings(template).values()].flat())].sort();

/** One test a template of one resource; they are looked at as one, since the validator takes its time for each. */
function itFinds<T>(
  title: string,
  cases: readonly (readonly [string, T])[],
  template: (one: T) => Json,
  check: (rules: string[]) => void,
) {
  let found: Map<string, string[]> | undefined;
  it.each(cases.map(([what], index) => [what, index] as const))(title, (_, index) => {
    found ??= findings({
      Resources: Object.fromEntries(cases.map(([, one], at) => [`Case${at}`, template(one).Resources.R0])),
    });
    check(found.get(`Case${index}`) ?? []);
  });
}

const resources = (...all: [type: string, properties: Json][]) => ({
  Resources: Object.fromEntries(all.map(([Type, Properties], index) => [`R${index}`, { Type, Properties }])),
});
const role = (Statement: Json, more: Json = {}) =>
  resources(['AWS::IAM::Role', { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement }, ...more }]);
const policy = (statement: Json, holder: Json = { Groups: ['people'] }) =>
  resources([
    'AWS::IAM::ManagedPolicy',
    { ...holder, PolicyDocument: { Version: '2012-10-17', Statement: [statement] } },
  ]);

const ACCOUNT = { AWS: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' } };
const FRESH = { Bool: { [PRESENT]: 'true' }, NumericLessThan: { [AGE]: '300' } };
const letIn = (Condition?: Json, Principal: Json = ACCOUNT) => ({
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal,
  ...(Condition === undefined ? {} : { Condition }),
});
const SERVICE = letIn(undefined, { Service: 'ec2.amazonaws.com' });
const federated = (Condition?: Json) =>
  letIn(Condition, { Federated: 'arn:aws:iam::111122223333:saml-provider/x' });
const allow = (Condition: Json) => ({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Condition });
const deny = (Condition: Json) => ({ Effect: 'Deny', Action: 's3:GetObject', Resource: '*', Condition });

const TRUST = 'USERS_ASSUME_ROLES_WITH_MFA';
const FEDERATED = 'FEDERATED_USERS_ASSUME_ROLES_WITH_MFA';
const CONDITIONS = 'MFA_CONDITIONS_ARE_RIGHT';
const PERMISSIONS = 'NO_MFA_CONDITION_ON_PERMISSIONS_OF_ROLES';
const UNREADABLE = 'TRUST_POLICIES_CAN_BE_READ';

describe('a right pattern', () => {
  itFinds<Json>(
    'passes: %s',
    [
      ['a role of the account with a fresh MFA', role([letIn(FRESH)])],
      [
        'further conditions',
        role([letIn({ ...FRESH, StringEquals: { 'sts:RoleSessionName': '${aws:username}' } })]),
      ],
      ['a statement that is no list', role(letIn(FRESH))],
      ['a role of a service', role([SERVICE])],
      ['a service beside people', role([SERVICE, letIn(FRESH)])],
      [
        'a deny beside it',
        role([letIn(FRESH), { ...deny({ BoolIfExists: { [PRESENT]: 'false' } }), Principal: '*' }]),
      ],
      ['a SAML provider’s session tag', role([federated({ StringEquals: { 'aws:RequestTag/MFA': 'yes' } })])],
      [
        'a SAML assurance',
        role([federated({ 'ForAnyValue:StringEquals': { 'saml:edupersonassurance': 'mfa' } })]),
      ],
      ['an OIDC amr', role([federated({ 'ForAnyValue:StringEquals': { 'id.example.com:amr': 'mfa' } })])],
      ['a guard: Deny + BoolIfExists false', policy(deny({ BoolIfExists: { [PRESENT]: 'false' } }))],
      ['a right of users: Allow + Bool true', policy(allow({ Bool: { [PRESENT]: 'true' } }))],
      ['no word of MFA', policy(allow({ StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }))],
      ['nothing of IAM', resources(['AWS::SQS::Queue', {}])],
    ],
    (one) => one,
    (rules) => expect(rules).toEqual([]),
  );
});

describe('each of the four wrong patterns', () => {
  it('fails: Allow + BoolIfExists true, which allows keys without MFA', () => {
    const condition = { BoolIfExists: { [PRESENT]: 'true' } };
    expect(broken(role([letIn(condition)]))).toEqual([CONDITIONS, TRUST]);
    expect(broken(policy(allow(condition)))).toEqual([CONDITIONS]);
  });

  it('fails: Deny + Bool false, which does not deny keys without MFA', () => {
    const condition = { Bool: { [PRESENT]: 'false' } };
    const trust = { ...letIn(condition), Effect: 'Deny' };
    expect(broken(role([letIn(), trust]))).toEqual([CONDITIONS, TRUST]);
    expect(broken(policy(deny(condition)))).toEqual([CONDITIONS]);
  });

  it('fails: the condition on the permissions of a role, and none in its trust', () => {
    const document = { Statement: [allow({ Bool: { [PRESENT]: 'true' } })] };
    const inline = { Policies: [{ PolicyName: 'p', PolicyDocument: document }] };
    expect(broken(role([letIn()], inline))).toEqual([PERMISSIONS, TRUST]);
    expect(broken(role([letIn(FRESH)], inline))).toEqual([PERMISSIONS]);
    expect(broken(policy(document.Statement[0], { Roles: ['people'] }))).toEqual([PERMISSIONS]);
  });

  it.each([
    ['alone', { NumericLessThan: { [AGE]: '300' } }],
    ['with IfExists', { NumericLessThanIfExists: { [AGE]: '300' } }],
    ['with IfExists beside MFA', { Bool: { [PRESENT]: 'true' }, NumericLessThanIfExists: { [AGE]: '300' } }],
  ])('fails: an age %s', (_, condition) => {
    expect(broken(role([letIn(condition)]))).toEqual([CONDITIONS, TRUST]);
    expect(broken(policy(allow(condition)))).toEqual([CONDITIONS]);
  });
});

describe('a trust policy', () => {
  itFinds<Json>(
    'fails when it %s',
    [
      ['has no condition', [letIn()]],
      ['has one statement with and one without', [letIn(FRESH), letIn()]],
      ['lets in everybody', [letIn(undefined, '*')]],
      ['lets in everybody by a member', [letIn(undefined, { AWS: '*' })]],
      ['lets in a user', [letIn(undefined, { AWS: 'arn:aws:iam::111122223333:user/ada' })]],
      ['lets in another account', [letIn(undefined, { AWS: '444455556666' })]],
      [
        'lets people in with a service',
        [letIn(undefined, { Service: 'ec2.amazonaws.com', AWS: '444455556666' })],
      ],
      ['has no maximum age', [letIn({ Bool: { [PRESENT]: 'true' } })]],
      ['takes false as well as true', [letIn({ ...FRESH, Bool: { [PRESENT]: ['true', 'false'] } })]],
      ['takes an age that is a list', [letIn({ ...FRESH, NumericLessThan: { [AGE]: ['300', '999999'] } })]],
      ['takes an age that is a wish', [letIn({ ...FRESH, NumericLessThan: { [AGE]: { Ref: 'Age' } } })]],
      [
        'asks for it by ForAnyValue',
        [letIn({ ...FRESH, Bool: {}, 'ForAnyValue:Bool': { [PRESENT]: 'true' } })],
      ],
      [
        'asks for it by ForAllValues',
        [letIn({ ...FRESH, Bool: {}, 'ForAllValues:Bool': { [PRESENT]: 'true' } })],
      ],
      ['asks whether the age is there', [letIn({ Null: { [AGE]: 'false' } })]],
      ['asks for it as text', [letIn({ StringEquals: { [PRESENT]: 'true' } })]],
    ],
    role,
    (rules) => expect(rules).toContain(TRUST),
  );

  itFinds<Json>(
    'fails when it %s',
    [
      [
        'names whom it does not mean',
        role([{ ...letIn(FRESH), Principal: undefined, NotPrincipal: ACCOUNT }]),
      ],
      ['is text', resources(['AWS::IAM::Role', { AssumeRolePolicyDocument: '{}' }])],
      ['depends on a condition of the template', role({ 'Fn::If': ['Open', letIn(), letIn(FRESH)] })],
      ['has no statement', role([])],
      ['has a principal that nobody can see', role([letIn(FRESH, { Ref: 'Who' })])],
      ['has no effect', role([{ ...letIn(FRESH), Effect: { Ref: 'Effect' } }])],
    ],
    (one) => one,
    (rules) => expect(rules).toContain(UNREADABLE),
  );

  itFinds<Json>(
    'fails when a provider is let in with %s',
    [
      ['no assertion', undefined],
      ['an audience alone', { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } }],
      ['a tag that may be absent', { StringEqualsIfExists: { 'aws:RequestTag/MFA': 'yes' } }],
      ['a tag that may be anything', { StringLike: { 'aws:RequestTag/MFA': '*' } }],
      ['a tag of two minds', { StringEquals: { 'aws:RequestTag/MFA': ['yes', 'no'] } }],
      ['a tag of something else', { StringEquals: { 'aws:RequestTag/team': 'mfa' } }],
      [
        'a claim that holds for an empty list',
        { 'ForAllValues:StringEquals': { 'id.example.com:amr': 'mfa' } },
      ],
      ['the condition of users', FRESH],
    ],
    (condition) => role([federated(condition)]),
    (rules) => expect(rules).toContain(FEDERATED),
  );
});

describe('a condition', () => {
  itFinds<Json>(
    'fails when it is one %s',
    [
      ['spelt in other letters', allow({ BoolIfExists: { 'aws:multifactorauthpresent': 'true' } })],
      ['that allows without MFA', allow({ Bool: { [PRESENT]: 'false' } })],
      ['that denies with MFA', deny({ BoolIfExists: { [PRESENT]: 'true' } })],
      ['that denies by Null', deny({ Null: { [PRESENT]: 'true' } })],
      ['that denies the fresh', deny({ NumericLessThan: { [AGE]: '300' } })],
      ['that holds for an empty set', allow({ 'ForAllValues:Bool': { [PRESENT]: 'true' } })],
    ],
    policy,
    (rules) => expect(rules).toEqual([CONDITIONS]),
  );

  it.each<[string, Json]>([
    ['AWS::KMS::Key', { KeyPolicy: { Statement: [deny({ Bool: { [PRESENT]: 'false' } })] } }],
    ['AWS::ApiGateway::RestApi', { Policy: { Statement: [deny({ Bool: { [PRESENT]: 'false' } })] } }],
    [
      'AWS::IAM::Group',
      {
        Policies: [
          { PolicyName: 'p', PolicyDocument: { Statement: [deny({ Bool: { [PRESENT]: 'false' } })] } },
        ],
      },
    ],
  ])('fails in a policy of %s too', (type, properties) => {
    expect(broken(resources([type, properties]))).toContain(CONDITIONS);
  });
});

describe('credentials that last', () => {
  it.each([
    ['AWS::IAM::User', {}],
    ['AWS::IAM::AccessKey', { UserName: 'ada' }],
  ])('fail: %s', (type, properties) => {
    expect(broken(resources([type, properties]))).toEqual(['NO_LONG_LIVED_CREDENTIALS']);
  });
});

describe('our own templates', () => {
  const provider = (type: string, name: string) => `arn:aws:iam::111122223333:${type}-provider/${name}`;
  const principals = {
    users: ['ada', 'engineering/grace'],
    groups: ['operators'],
    accounts: ['444455556666'],
    saml: [
      { provider: provider('saml', 'work'), mfa: { assurance: 'https://refeds.org/profile/mfa' } },
      { provider: provider('saml', 'work'), mfa: { tag: 'mfa', value: 'true' } },
    ],
    oidc: [
      {
        provider: provider('oidc', 'id.example.com'),
        audiences: ['sealroot'],
        subjects: ['*'],
        mfa: { amr: 'mfa' },
      },
    ],
  };

  it.each([
    ['as they are by default', {}],
    ['with every kind of principal', { access: { operator: { principals }, custodian: { principals } } }],
  ])('pass, %s', (_, members) => {
    const templates = Object.entries(synthesizeOne(members));
    expect(
      templates.flatMap(([name, template]) => broken(template.toJSON()).map((rule) => [name, rule])),
    ).toEqual([]);
  });
});

describe('a synthesis with checks', () => {
  const { CDK_VALIDATION } = process.env;
  beforeAll(() => {
    delete process.env['CDK_VALIDATION'];
  });
  afterAll(() => {
    process.env['CDK_VALIDATION'] = CDK_VALIDATION;
  });

  const synthesizeRole = (condition: Json) => () => {
    const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
    const app = new App({ context, builtinCloudFormationValidation: false, analyticsReporting: false });
    new CfnRole(new Stack(app, 'Test'), 'Role', {
      assumeRolePolicyDocument: { Version: '2012-10-17', Statement: [letIn(condition)] },
    });
    addChecks(app);
    app.synth();
  };

  it('fails when a role can be assumed without MFA, and only then', () => {
    expect(synthesizeRole(undefined)).toThrow('USERS_ASSUME_ROLES_WITH_MFA');
    expect(synthesizeRole(FRESH)).not.toThrow();
  });
});
