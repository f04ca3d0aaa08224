import { describe, expect, it } from '@jest/globals';
import { conditionsApart, grantsOf, managedPolicy, without } from './aws-managed/compare.ts';
import { COMPARISONS, type Differences } from './aws-managed/differences.ts';
import { only, synthesizeOne, type Statement } from './app.ts';
import { deployment } from './deployment.ts';

const templates = synthesizeOne();
const { resolve } = deployment(templates);

/** Grants that no difference explains, and differences that are none (any more). */
function unexplained(grants: readonly string[], differences: Differences): string[] {
  const known = Object.values(differences).flat();
  const explains = (one: string, grant: string) => grant === one || grant.startsWith(`${one} on `);
  return [
    ...grants.filter((grant) => !known.some((one) => explains(one, grant))),
    ...known.filter((one) => !grants.some((grant) => explains(one, grant))).map((one) => `no longer: ${one}`),
  ];
}

describe.each(Object.entries(COMPARISONS))(
  '%s',
  (_, { policy, awsPolicies, notNeeded, beyond, conditions }) => {
    const { PolicyDocument } = only(templates.image, 'AWS::IAM::Policy', policy);
    const statements = resolve('image', PolicyDocument).Statement as Statement[];
    const ours = grantsOf(statements);
    const awsStatements = awsPolicies.flatMap((name) => managedPolicy(name).document.Statement);
    const theirs = grantsOf(awsStatements);

    it('is given what AWS gives such a role, or there is a reason why not', () => {
      expect(unexplained(without(theirs, ours), notNeeded)).toEqual([]);
    });

    it('is given nothing beyond that without a reason', () => {
      expect(unexplained(without(ours, theirs), beyond)).toEqual([]);
    });

    it('is given it on the conditions of AWS, or there is a reason for others', () => {
      expect(unexplained(conditionsApart(statements, awsStatements), conditions)).toEqual([]);
    });
  },
);

describe('the comparison', () => {
  const grants = (Action: string, Resource: string) => grantsOf([{ Effect: 'Allow', Action, Resource }]);

  it('tells a grant by its action, and by what its resources have in common', () => {
    const theirs = grants('ec2:RunInstances', 'arn:aws:ec2:*::image/*');
    expect(without(theirs, grants('ec2:RunInstances', 'arn:aws:ec2:eu-west-1::image/ami-1'))).toEqual([]);
    expect(without(theirs, grants('ec2:RunInstances', 'arn:aws:ec2:eu-west-1::snapshot/*'))).toEqual(theirs);
    expect(without(theirs, grants('ec2:StartInstances', '*'))).toEqual(theirs);
  });

  it('tells conditions by their keys, and by what their values have in common', () => {
    const start = (Condition?: Statement['Condition']): Statement[] => [
      { Effect: 'Allow', Action: 'ec2:StartInstances', Resource: '*', ...(Condition && { Condition }) },
    ];
    const tagged = (value: string) => ({ StringEquals: { 'aws:ResourceTag/CreatedBy': value } });
    const key = 'aws:resourcetag/createdby';
    expect(conditionsApart(start(tagged('a')), start(tagged('a')))).toEqual([]);
    expect(
      conditionsApart(start(tagged('a')), start({ StringLike: { 'ec2:ResourceTag/CreatedBy': '?' } })),
    ).toEqual([]);
    expect(conditionsApart(start(tagged('a')), start(tagged('b')))).toEqual([
      `ec2:StartInstances on * only with ${key}`,
    ]);
    expect(conditionsApart(start(tagged('a')), start())).toEqual([
      `ec2:StartInstances on * only with ${key}`,
    ]);
    expect(conditionsApart(start(), start(tagged('a')))).toEqual([`ec2:StartInstances on * without ${key}`]);
    expect(conditionsApart(start(), [...start(), ...start(tagged('a'))])).toEqual([]);
  });

  it('finds what nothing explains, and an explanation of nothing', () => {
    const two = ['a:B on one', 'a:C on two'];
    expect(unexplained(two, { because: ['a:B', 'a:C on two'] })).toEqual([]);
    expect(unexplained(two, { because: ['a:C on one'] })).toEqual([...two, 'no longer: a:C on one']);
  });
});
