import { describe, expect, it } from '@jest/globals';
import { allStatements, synthesizeOne, type Templates } from './app.ts';
import { deployment } from './deployment.ts';
import { actionsNamed } from './iam-catalogue/catalogue.ts';
import { check } from './iam-catalogue/check.ts';
import { policyStatements } from './policy-documents.ts';
import { SCENARIOS } from './scenarios.ts';

const byScenario = Object.entries(SCENARIOS).map(
  ([scenario, members]) => [scenario, synthesizeOne(members)] as const,
);
const stacksOf = (templates: Templates) =>
  Object.entries(templates) as [keyof Templates, Templates['image']][];

/** One line a problem, with where it is. */
async function problemsOf(templates: Templates): Promise<string[]> {
  const { resolve } = deployment(templates);
  const found = stacksOf(templates).flatMap(([stack, template]) =>
    policyStatements(template).map(async ({ logicalId, kind, statement }) => {
      const problems = await check(resolve(stack, statement), kind);
      return problems.map(
        ({ what, why }) => `${stack}: ${logicalId}: ${statement.Sid ?? 'a statement'}: ${what}: ${why}`,
      );
    }),
  );
  return (await Promise.all(found)).flat();
}

describe.each(byScenario)('with %s', (_, templates) => {
  it('names actions, resources and condition keys that AWS has, and that go together', async () => {
    expect(await problemsOf(templates)).toEqual([]);
  });

  it('has no statement in a place that is not looked at', () => {
    for (const [, template] of stacksOf(templates))
      expect(policyStatements(template)).toHaveLength(allStatements(template).length);
  });

  it('lets API Gateway do what Lambda knows', async () => {
    const permissions = stacksOf(templates).flatMap(([, template]) =>
      Object.values(template.findResources('AWS::Lambda::Permission')),
    );
    const actions = [...new Set(permissions.map(({ Properties }) => String(Properties.Action)))];
    expect(actions).toEqual(['lambda:InvokeFunction']);
    for (const action of actions) expect(await actionsNamed(action)).toHaveLength(1);
  });
});
