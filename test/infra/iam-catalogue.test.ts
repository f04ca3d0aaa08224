import { describe, expect, it } from '@jest/globals';
import { allStatements, synthesize } from './app.ts';
import { deployment, IRELAND } from './deployment.ts';
import { check } from './iam-catalogue/check.ts';
import { policyStatements } from './policy-documents.ts';

const stages = synthesize({ name: 'dev' });
const templates = stages['dev']!;
const deployed = deployment(templates, IRELAND);
it('x', async () => {
  const out = [];
  for (const [stack, template] of Object.entries(templates)) {
    expect(allStatements(template)).toHaveLength(policyStatements(template).length);
    for (const { logicalId, kind, statement } of policyStatements(template)) {
      const problems = await check(deployed.resolve(stack as 'image', statement), kind);
      for (const { what, why } of problems)
        out.push(`${stack} ${logicalId} ${statement.Sid}: ${what} ${why}`);
    }
  }
  console.log(out.join('\n'));
});
