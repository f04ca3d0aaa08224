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

afterAll(() => rmSync(folder, { recursive: true }));

interface Finding {
  readonly templatePath: string;
  readonly resource: string;
  readonly rule: string;
}

/** Resources of the tests, as one template. */
const cases: Record<string, Json> = {};
const CASES = join(folder, 'cases.json');
/** Templates of ours by the path that they are written to. */
const own: Record<string, Json> = {};
let found: readonly Finding[] | undefined;

/**
 * Findings of our rules, as the validator of `npm run check` has them. It is asked once, for all tests: it takes seconds
 * to compile its rules for types that it has not seen.
 */
function findings(): readonly Finding[] {
  if (found !== undefined) return found;
  const templates = { [CASES]: { Resources: cases }, ...own };
  const stackTemplates = Object.entries(templates).map(([templatePath, template], index) => {
    writeFileSync(templatePath, JSON.stringify(template));
    const stackConstructPath = `Test${index}`;
    return { stackConstructPath, templatePath, accountId: '111122223333', region: 'eu-west-1' };
  });
  const report = validator.validate({ stackTemplates } as unknown as Parameters<
    typeof validator.validate
  >[0]);
  expect(report.success).toBe(false);
  const ours = report.violations.filter(({ ruleName }) => /^[A-Z]+_[A-Z_]+$/.test(ruleName));
  for (const { severity } of ours) expect(severity).toBe('error');
  found = ours.flatMap(({ ruleName: rule, violatingResources }) =>
    violatingResources.map(({ resourceLogicalId: resource = '', templatePath = '' }) => ({
      ...{ templatePath, resource, rule },
    })),
  );
  return found;
}

/** Puts the resource of a template before the validator. @returns what gives the names of our rules that it breaks. */
function ask(template: Json): () => string[] {
  const id = `Case${Object.keys(cases).length}`;
  cases[id] = template.Resources.R0;
  return () => {
    const its = findings().filter(({ templatePath, resource }) => templatePath === CASES && resource === id);
    return [...new Set(its.map(({ rule }) => rule))].sort();
  };
}

/** A test of templates of one resource each, with the names of the rules that it breaks. */
function itBreaks(title: string, ...cases: readonly (readonly [template: Json, rules: readonly string[]])[]) {
  const verdicts = cases.map(([template, rules]) => [ask(template), rules] as const);
  it(title, () => {
    for (const [broken, rules] of verdicts) expect(broken()).toEqual(rules);
  });
}

/** One test a template of one resource. */
function itFinds<T>(
  title: string,
  cases: readonly (readonly [string, T])[],
  template: (one: T) => Json,
  check: (rules: string[]) => void,
) {
  const verdicts = cases.map(([what, one]) => [what, ask(template(one))] as const);
  it.each(verdicts)(title, (_, broken) => check(broken()));
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
  const asIfThere = { BoolIfExists: { [PRESENT]: 'true' } };
  itBreaks(
    'fails: Allow + BoolIfExists true, which allows keys without MFA',
    [role([letIn(asIfThere)]), [CONDITIONS, TRUST]],
    [policy(allow(asIfThere)), [CONDITIONS]],
  );

  const absent = { Bool: { [PRESENT]: 'false' } };
  itBreaks(
    'fails: Deny + Bool false, which does not deny keys without MFA',
    [role([letIn(), { ...letIn(absent), Effect: 'Deny' }]), [CONDITIONS, TRUST]],
    [policy(deny(absent)), [CONDITIONS]],
  );

  const permission = allow({ Bool: { [PRESENT]: 'true' } });
  const inline = { Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: [permission] } }] };
  itBreaks(
    'fails: the condition on the permissions of a role, and none in its trust',
    [role([letIn()], inline), [PERMISSIONS, TRUST]],
    [role([letIn(FRESH)], inline), [PERMISSIONS]],
    [policy(permission, { Roles: ['people'] }), [PERMISSIONS]],
  );

  const ages: [string, Json][] = [
    ['alone', { NumericLessThan: { [AGE]: '300' } }],
    ['with IfExists', { NumericLessThanIfExists: { [AGE]: '300' } }],
    ['with IfExists beside MFA', { Bool: { [PRESENT]: 'true' }, NumericLessThanIfExists: { [AGE]: '300' } }],
  ];
  for (const [how, condition] of ages)
    itBreaks(
      `fails: an age ${how}`,
      [role([letIn(condition)]), [CONDITIONS, TRUST]],
      [policy(allow(condition)), [CONDITIONS]],
    );
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

  const wrong = { Statement: [deny({ Bool: { [PRESENT]: 'false' } })] };
  itFinds<[string, Json]>(
    'fails in a policy of %s too',
    [
      ['a key', ['AWS::KMS::Key', { KeyPolicy: wrong }]],
      ['an API', ['AWS::ApiGateway::RestApi', { Policy: wrong }]],
      ['a group', ['AWS::IAM::Group', { Policies: [{ PolicyName: 'p', PolicyDocument: wrong }] }]],
    ],
    (resource) => resources(resource),
    (rules) => expect(rules).toContain(CONDITIONS),
  );
});

describe('credentials that last', () => {
  const RULE = ['NO_LONG_LIVED_CREDENTIALS'];
  itBreaks('fail: a user', [resources(['AWS::IAM::User', {}]), RULE]);
  itBreaks('fail: access keys', [resources(['AWS::IAM::AccessKey', { UserName: 'ada' }]), RULE]);
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

  const ways: [string, object][] = [
    ['as they are by default', {}],
    ['with every kind of principal', { access: { operator: { principals }, custodian: { principals } } }],
  ];
  const WRONG = join(folder, 'wrong.json');
  own[WRONG] = { Resources: { Wrong: { Type: 'AWS::IAM::User', Properties: {} } } };
  const pathsOf = ([way, members]: (typeof ways)[number]): string[] =>
    Object.entries(synthesizeOne(members)).map(([stack, template]) => {
      const templatePath = join(folder, `${way} ${stack}.json`);
      own[templatePath] = template.toJSON();
      return templatePath;
    });

  it.each(ways.map((way) => [way[0], pathsOf(way)] as const))('pass, %s', (_, paths) => {
    expect(paths).toHaveLength(7);
    expect(findings().filter(({ templatePath }) => paths.includes(templatePath))).toEqual([]);
  });

  it('fail with a wrong resource among theirs', () => {
    expect(
      findings().some(({ templatePath, resource }) => templatePath === WRONG && resource === 'Wrong'),
    ).toBe(true);
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
