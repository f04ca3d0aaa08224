import { describe, expect, it, jest } from '@jest/globals';
import type { Statement, Verdict } from '../../../local/engine/contracts/policy.ts';
import { evaluate } from '../../../local/services/iam/evaluation/policy.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/things';
const allow = (more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: '*',
  Resource: '*',
  ...more,
});
const deny = (more: Partial<Statement> = {}): Statement => ({ ...allow(more), Effect: 'Deny' });
const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});
const silent = () => undefined;

function verdict(statements: readonly Statement[], context: Record<string, string | string[]> = {}): Verdict {
  return evaluate(
    [{ Statement: statements }],
    { action: 'dynamodb:GetItem', resource: ARN, context },
    silent,
  );
}

describe('statements', () => {
  const cases: [string, Statement[], Verdict][] = [
    ['nothing', [], 'none'],
    ['an allow for everything', [allow()], 'allow'],
    ['an allow and then a deny', [allow(), deny()], 'deny'],
    ['a deny and then an allow', [deny(), allow()], 'deny'],
    ['a deny of something else', [allow(), deny({ Action: 'dynamodb:PutItem' })], 'allow'],
    ['the action in another case', [allow({ Action: 'DynamoDB:getitem' })], 'allow'],
    ['an action pattern', [allow({ Action: ['s3:*', 'dynamodb:Get?tem'] })], 'allow'],
    ['another action', [allow({ Action: 'dynamodb:GetItems' })], 'none'],
    ['NotAction that names it', [allow({ Action: undefined, NotAction: 'dynamodb:*' })], 'none'],
    ['NotAction that names others', [allow({ Action: undefined, NotAction: 'kms:*' })], 'allow'],
    ['a resource pattern', [allow({ Resource: 'arn:aws:dynamodb:*:*:table/th?ngs' })], 'allow'],
    ['a longer resource', [allow({ Resource: `${ARN}/index/*` })], 'none'],
    ['a resource in another case', [allow({ Resource: ARN.replace('things', 'Things') })], 'none'],
    ['NotResource that names it', [allow({ Resource: undefined, NotResource: ARN })], 'none'],
    ['an effect that is no effect', [{ ...allow(), Effect: 'allow' }], 'deny'],
  ];
  it.each(cases)('%s', (_name, statements, expected) => {
    expect(verdict(statements)).toBe(expected);
  });
});

describe('conditions', () => {
  const key = 'aws:SourceVpce';
  const cases: [string, string, unknown, string | string[] | undefined, boolean][] = [
    ['equal', 'StringEquals', 'vpce-1', 'vpce-1', true],
    ['one of several', 'StringEquals', ['vpce-0', 'vpce-1'], 'vpce-1', true],
    ['not equal', 'StringEquals', 'vpce-2', 'vpce-1', false],
    ['absent', 'StringEquals', 'vpce-1', undefined, false],
    ['a pattern is none here', 'StringEquals', 'vpce-*', 'vpce-1', false],
    ['absent but only if it exists', 'StringEqualsIfExists', 'vpce-1', undefined, true],
    ['there and different, if it exists', 'StringEqualsIfExists', 'vpce-1', 'vpce-2', false],
    ['negated, different', 'StringNotEquals', 'vpce-1', 'vpce-2', true],
    ['negated, equal to one', 'StringNotEquals', ['vpce-1', 'vpce-2'], 'vpce-2', false],
    ['negated, absent', 'StringNotEquals', 'vpce-1', undefined, true],
    ['ignoring case', 'StringEqualsIgnoreCase', 'VPCE-1', 'vpce-1', true],
    ['like', 'StringLike', 'vpce-?', 'vpce-1', true],
    ['not like', 'StringNotLike', 'vpce-*', 'vpce-1', false],
    ['ARN like', 'ArnLike', 'arn:aws:iam::*:role/*', 'arn:aws:iam::1:role/a', true],
    [
      'an asterisk in an ARN stays in its part',
      'ArnLike',
      'arn:aws:*:role/a',
      'arn:aws:iam::1:role/a',
      false,
    ],
    ['ARN not like', 'ArnNotLike', 'arn:aws:iam::*:role/*', 'arn:aws:iam::1:user/a', true],
    ['true', 'Bool', true, 'true', true],
    ['false where true is asked', 'Bool', 'true', 'false', false],
    ['absent where false is asked', 'Bool', 'false', undefined, false],
    ['absent where true is asked if it exists', 'BoolIfExists', 'true', undefined, true],
    ['absent, and to be', 'Null', 'true', undefined, true],
    ['there, and not to be', 'Null', 'true', 'x', false],
    ['there, and to be', 'Null', 'false', 'x', true],
    ['a smaller number', 'NumericLessThan', '10', '9', true],
    ['no smaller number', 'NumericLessThan', '10', '10', false],
    ['no number', 'NumericLessThan', '10', 'x', false],
    ['an earlier date', 'DateLessThan', '2026-01-01T00:00:00Z', '2025-12-31T00:00:00Z', true],
    ['an address in the network', 'IpAddress', '10.0.0.0/8', '10.1.2.3', true],
    ['an address outside', 'IpAddress', '10.0.0.0/8', '11.1.2.3', false],
    ['not an address in the network', 'NotIpAddress', '10.0.0.0/8', '11.1.2.3', true],
    ['every value known', 'ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['one value unknown', 'ForAllValues:StringEquals', ['a'], ['a', 'b'], false],
    ['no value at all, for all', 'ForAllValues:StringEquals', ['a'], undefined, true],
    ['one value known', 'ForAnyValue:StringEquals', ['b'], ['a', 'b'], true],
    ['no value at all, for any', 'ForAnyValue:StringEquals', ['a'], undefined, false],
  ];
  it.each(cases)('%s (%s)', (_name, operator, wanted, actual, expected) => {
    const context: Record<string, string | string[]> = actual === undefined ? {} : { [key]: actual };
    expect(verdict([allow(when(operator, key, wanted))], context)).toBe(expected ? 'allow' : 'none');
    expect(verdict([allow(), deny(when(operator, key, wanted))], context)).toBe(expected ? 'deny' : 'allow');
  });

  it('compares keys without regard to case', () => {
    expect(verdict([allow(when('StringEquals', 'AWS:sourcevpce', 'x'))], { [key]: 'x' })).toBe('allow');
  });

  it('needs every key of every operator', () => {
    const both = { Condition: { StringEquals: { a: '1', b: '2' }, Bool: { c: 'true' } } };
    expect(verdict([allow(both)], { a: '1', b: '2', c: 'true' })).toBe('allow');
    expect(verdict([allow(both)], { a: '1', b: '2', c: 'false' })).toBe('none');
    expect(verdict([allow(both)], { a: '1', c: 'true' })).toBe('none');
  });

  it('takes the safe side of an operator that it does not know, and says so', () => {
    const strange = when('BinaryEquals', key, 'x');
    const warn = jest.fn();
    const access = { action: 'a:b', resource: '*', context: { [key]: 'x' } };
    expect(evaluate([{ Statement: [allow(strange)] }], access, warn)).toBe('none');
    expect(evaluate([{ Statement: [allow(), deny(strange)] }], access, warn)).toBe('deny');
    expect(warn).toHaveBeenCalledTimes(2);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('BinaryEquals'));
  });
});

describe('the four ways to ask for a second factor', () => {
  const mfa = 'aws:MultiFactorAuthPresent';
  const cases: [string, Statement[], Verdict][] = [
    ['allow, Bool true', [allow(when('Bool', mfa, 'true'))], 'none'],
    ['allow, BoolIfExists true: wrong', [allow(when('BoolIfExists', mfa, 'true'))], 'allow'],
    ['deny, Bool false: wrong', [allow(), deny(when('Bool', mfa, 'false'))], 'allow'],
    ['deny, BoolIfExists false', [allow(), deny(when('BoolIfExists', mfa, 'false'))], 'deny'],
  ];
  it.each(cases)('with a key that knows nothing of one: %s', (_name, statements, expected) => {
    expect(verdict(statements)).toBe(expected);
  });
});

describe('policy variables', () => {
  const vpc = when('StringEquals', 'aws:Ec2InstanceSourceVpc', '${aws:SourceVpc}');

  it('are put into conditions', () => {
    expect(verdict([allow(vpc)], { 'aws:Ec2InstanceSourceVpc': 'vpc-1', 'aws:SourceVpc': 'vpc-1' })).toBe(
      'allow',
    );
    expect(verdict([allow(vpc)], { 'aws:Ec2InstanceSourceVpc': 'vpc-1', 'aws:SourceVpc': 'vpc-2' })).toBe(
      'none',
    );
  });

  it('match nothing without a value', () => {
    expect(verdict([allow(vpc)], { 'aws:Ec2InstanceSourceVpc': 'vpc-1' })).toBe('none');
    expect(verdict([allow(vpc)], { 'aws:SourceVpc': 'vpc-1' })).toBe('none');
    expect(verdict([allow(vpc)])).toBe('none');
  });

  it('are put into resources, and their wildcards are none', () => {
    const mine = allow({ Resource: 'arn:aws:dynamodb:us-east-1:000000000000:table/${aws:username}' });
    expect(verdict([mine], { 'aws:username': 'things' })).toBe('allow');
    expect(verdict([mine], { 'aws:username': '*' })).toBe('none');
    expect(verdict([mine])).toBe('none');
  });

  it('can have a default, and can be an escaped wildcard', () => {
    const fallback = allow({
      Resource: "arn:aws:dynamodb:us-east-1:000000000000:table/${aws:username, 'things'}",
    });
    expect(verdict([fallback])).toBe('allow');
    expect(verdict([allow({ Resource: '${*}' })])).toBe('none');
  });
});

describe('the principal of a resource policy', () => {
  const session = 'arn:aws:sts::000000000000:assumed-role/instances/i-1';
  const role = 'arn:aws:iam::000000000000:role/instances';
  const named = { arns: [session, role], account: '000000000000' };
  const asked = (...statements: Statement[]) =>
    evaluate(
      [{ Statement: statements }],
      { action: 'kms:Decrypt', resource: '*', context: {} },
      silent,
      named,
    );
  const cases: [string, unknown, Verdict][] = [
    ['everybody', '*', 'allow'],
    ['everybody of AWS', { AWS: '*' }, 'allow'],
    ['the role', { AWS: role }, 'allow'],
    ['the session, among others', { AWS: ['arn:aws:iam::1:root', session] }, 'allow'],
    [
      'the account, which leaves it to identity policies',
      { AWS: 'arn:aws:iam::000000000000:root' },
      'delegated',
    ],
    ['another account', { AWS: 'arn:aws:iam::111111111111:root' }, 'none'],
    ['another role that begins the same', { AWS: 'arn:aws:iam::000000000000:role/instance' }, 'none'],
    ['a service', { Service: 'kms.amazonaws.com' }, 'none'],
    ['nobody', undefined, 'none'],
  ];
  it.each(cases)('%s', (_name, Principal, expected) => {
    expect(asked(allow({ Principal }))).toBe(expected);
  });

  it('is denied by a statement for its account', () => {
    const Principal = { AWS: '000000000000' };
    expect(asked(allow({ Principal: '*' }), deny({ Principal }))).toBe('deny');
  });

  it('is not let in by NotPrincipal, and is kept out by it', () => {
    const NotPrincipal = { AWS: 'arn:aws:iam::111111111111:root' };
    expect(asked(allow({ NotPrincipal }))).toBe('none');
    expect(asked(allow({ Principal: '*' }), deny({ NotPrincipal }))).toBe('deny');
  });
});
