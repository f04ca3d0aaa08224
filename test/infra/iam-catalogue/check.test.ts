import { describe, expect, it } from '@jest/globals';
import type { Statement } from '../app.ts';
import type { PolicyKind } from '../policy-documents.ts';
import { check } from './check.ts';
import { arnsOverlap, overlap } from './patterns.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/k';
const INSTANCES = 'arn:aws:ec2:eu-west-1:111122223333:instance/*';
const PROVIDER = 'arn:aws:iam::111122223333:oidc-provider/id.example.com/tenant';

const problems = async (statement: Partial<Statement>, kind: PolicyKind = 'identity') =>
  (await check({ Effect: 'Allow', ...statement }, kind)).map(({ what, why }) => `${what}: ${why}`);

const allow = (Action: string | string[], Resource: string | string[], Condition?: Statement['Condition']) =>
  ({ Action, Resource, ...(Condition === undefined ? {} : { Condition }) }) as const;

const when = (operator: string, key: string, value: unknown = 'x') => ({ [operator]: { [key]: value } });

describe('actions', () => {
  it.each([
    ['a misspelt one', 'kms:Decript'],
    ['one of a service that there is not', 'kmz:Decrypt'],
    ['a pattern that matches none', 'iam:Atach*'],
    ['a service without one', 'kms'],
  ])('finds %s', async (_, action) => {
    expect(await problems(allow(action, '*'))).toEqual([`${action}: AWS has no such action`]);
  });

  it('finds one that a statement leaves out', async () => {
    const statement = { NotAction: ['iam:ListMFADevices', 'iam:ListMfaDevice'], Resource: '*' };
    expect(await problems(statement)).toEqual(['iam:ListMfaDevice: AWS has no such action']);
  });

  it('takes one in any case, and patterns that match some', async () => {
    expect(await problems(allow(['kms:decrypt', 'kms:ReEncrypt*', '*'], '*'))).toEqual([]);
  });
});

describe('resources', () => {
  it('finds an action that takes none', async () => {
    const pipelines = 'arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/*';
    expect(await problems(allow('imagebuilder:ListImagePipelines', pipelines))).toEqual([
      'imagebuilder:ListImagePipelines: takes no resource: only * matches it',
      `${pipelines}: none of the actions works on such a resource`,
    ]);
  });

  it.each([
    ['of another type', 'kms:Decrypt', 'arn:aws:kms:eu-west-1:111122223333:alias/*'],
    ['of another service', 'kms:Decrypt', 'arn:aws:s3:::bucket/*'],
    ['in an account, of a type that has none', 'ec2:RegisterImage', 'arn:aws:ec2:eu-west-1:1:image/*'],
    [
      'with a wildcard that matches other types only',
      'ec2:StopInstances',
      'arn:aws:ec2:eu-west-1:1:volume/i-*',
    ],
    ['without its colons', 'kms:Decrypt', 'key/k'],
  ])('finds one %s', async (_, action, resource) => {
    const found = await problems(allow(action, resource));
    expect(found).toHaveLength(2);
    expect(found[0]).toContain(`${action}: works on arn:*:`);
    expect(found[1]).toBe(`${resource}: none of the actions works on such a resource`);
  });

  it('finds the one among several that no action works on', async () => {
    expect(await problems(allow(['kms:Decrypt', 'ec2:StopInstances'], [KEY, INSTANCES]))).toEqual([]);
    expect(await problems(allow('kms:Decrypt', [KEY, INSTANCES]))).toEqual([
      `${INSTANCES}: none of the actions works on such a resource`,
    ]);
  });

  it.each([
    ['exact ones', 'kms:Decrypt', KEY],
    ['in no account', 'ssm:GetParameter', 'arn:aws:ssm:eu-west-1::parameter/aws/service/x'],
    ['with a variable', 'iam:GetUser', 'arn:aws:iam::111122223333:user/*/${aws:username}'],
    ['in another partition', 'kms:Decrypt', KEY.replace(':aws:', ':aws-cn:')],
  ])('takes %s', async (_, action, resource) => {
    expect(await problems(allow(action, resource))).toEqual([]);
  });

  it('takes those of an API that leave out the ARN, in the policy of an API alone', async () => {
    const statement = allow('execute-api:Invoke', 'execute-api:/*');
    expect(await problems(statement, 'api')).toEqual([]);
    expect(await problems(statement)).toHaveLength(2);
  });
});

describe('condition keys', () => {
  it.each([
    ['a misspelt one', 'kms:ViaServices'],
    ['a global one that is misspelt', 'aws:MultiFactorPresent'],
    ['a claim of no provider', 'id.example.com/tenant:aud'],
  ])('finds %s', async (_, key) => {
    expect(await problems(allow('kms:Decrypt', KEY, when('StringEquals', key)))).toEqual([
      `${key}: AWS has no such condition key`,
    ]);
  });

  it.each([
    ['of another service', 's3:GetObject', 'arn:aws:s3:::b/*', 'kms:ViaService'],
    ['of another action', 'kms:Decrypt', KEY, 'kms:GranteeServicePrincipal'],
    ['of another type of resource', 'ec2:RunInstances', INSTANCES, 'ec2:VolumeSize'],
    ['about tags, of an action that sets none', 'ec2:StopInstances', INSTANCES, 'aws:RequestTag/stage'],
    ['about tags, of a resource that has none', 'ssm:SendCommand', '*', 'kms:ResourceAliases'],
  ])('finds one %s', async (_, action, resource, key) => {
    const statement = allow(action, resource, when('ForAnyValue:StringEquals', key));
    expect((await problems(statement)).join()).toContain(`${key}: requests of ${action}`);
  });

  it.each([
    [
      'the service that asks in the caller’s name',
      allow('kms:CreateGrant', KEY, when('StringEquals', 'kms:ViaService')),
    ],
    [
      'whether a grant is for a service',
      allow('kms:CreateGrant', KEY, when('Bool', 'kms:GrantIsForAWSResource', 'true')),
    ],
    [
      'tags by any name',
      allow('ec2:StopInstances', INSTANCES, when('StringEquals', 'aws:ResourceTag/sealroot:stage')),
    ],
    [
      'a member of the encryption context',
      allow('kms:Decrypt', KEY, when('StringEquals', 'kms:EncryptionContext:app')),
    ],
    ['tags of the caller', allow('kms:Decrypt', KEY, when('StringEquals', 'aws:PrincipalTag/team'))],
  ])('takes %s', async (_, statement) => {
    expect(await problems(statement)).toEqual([]);
  });

  it('takes the instance that credentials were issued to in the policy of an endpoint, not in that of an API', async () => {
    const statement = allow('execute-api:Invoke', '*', when('StringEquals', 'aws:Ec2InstanceSourceVpc'));
    expect(await problems(statement, 'endpoint')).toEqual([]);
    expect(await problems(statement, 'api')).toEqual([
      'aws:Ec2InstanceSourceVpc: API Gateway does not know it in the policy of an API',
    ]);
  });

  it('takes claims of the provider that a role trusts', async () => {
    const statement = {
      Principal: { Federated: PROVIDER },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        'ForAnyValue:StringEquals': { 'id.example.com/tenant:amr': 'mfa' },
        StringEquals: { 'sts:RoleSessionName': '${id.example.com/tenant:sub}' },
      },
    };
    expect(await problems(statement, 'trust')).toEqual([]);
  });
});

describe('comparisons', () => {
  it.each([
    [
      'a flag as a number',
      'NumericEquals',
      'kms:GrantIsForAWSResource',
      /NumericEquals does not fit .* Bool/,
    ],
    ['a text as a flag', 'Bool', 'kms:ViaService', /Bool does not fit .* String/],
    [
      'a list as one value',
      'StringEquals',
      'kms:GrantOperations',
      /compares one value, and the key has several/,
    ],
  ])('finds %s', async (_, operator, key, why) => {
    const [found] = await problems(allow('kms:CreateGrant', KEY, when(operator, key)));
    expect(found).toMatch(why);
  });

  it('finds a variable that there is not', async () => {
    const tagged = when('StringEquals', 'aws:ResourceTag/by', '${aws:userId} ${aws:user}');
    expect(await problems(allow('ec2:StopInstances', INSTANCES, tagged))).toEqual([
      '${aws:user}: no request has such a variable',
    ]);
  });
});

describe('two patterns', () => {
  it.each([
    ['key/*', 'key/abc', true],
    ['key/a*', 'key/*c', true],
    ['key/a*', 'key/b*', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*', '', true],
    ['', 'a', false],
  ])('%s and %s match a text: %s', (left, right, both) => {
    expect(overlap(left, right)).toBe(both);
    expect(overlap(right, left)).toBe(both);
  });

  it('of ARNs are compared part by part', () => {
    expect(arnsOverlap('arn:aws:ec2:*:instance/i', 'arn:aws:ec2:r:a:instance/i')).toBe(false);
    expect(arnsOverlap('arn:aws:logs:r:a:log-group:*', 'arn:*:logs:*:*:log-group:g:log-stream:s')).toBe(true);
  });
});
