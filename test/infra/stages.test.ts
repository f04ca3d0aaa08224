import { describe, expect, it } from '@jest/globals';
import { synthesize, type Json, type Templates } from './app.ts';

const stages = synthesize({ name: 'dev' }, { name: 'prod' });

/** Names that have to differ between two stages of one account and region. */
function physicalNames(templates: Templates): string[] {
  const members = ['RoleName', 'LaunchTemplateName', 'AliasName', 'Name'];
  return Object.values(templates).flatMap((template) =>
    Object.values(template.toJSON()['Resources'] as Record<string, Json>).flatMap(({ Properties = {} }) =>
      members.filter((member) => member in Properties).map((member) => JSON.stringify(Properties[member])),
    ),
  );
}

describe('when two stages live in one account', () => {
  it('shares no name between them', () => {
    const taken = new Set(physicalNames(stages['dev']!));
    expect(taken.size).toBeGreaterThan(15);
    expect(physicalNames(stages['prod']!).filter((name) => taken.has(name))).toEqual([]);
  });
});

describe('what the local cloud can run', () => {
  const resources = Object.values(stages['dev']!).flatMap((template) =>
    Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>),
  );

  it('is plain CloudFormation: no custom resources, no nested stacks', () => {
    const types = resources.map(({ Type }) => Type);
    expect(types.filter((type) => /^(Custom::|AWS::CloudFormation::)/.test(type))).toEqual([]);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(3);
  });
});
