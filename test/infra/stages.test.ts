import { describe, expect, it } from '@jest/globals';
import { stacksOf, synthesize, type Json, type Templates } from './app.ts';

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

describe('the stacks that carry state', () => {
  const kept = (settings: object) => {
    const { network, preseed, keyserver, ...others } = stacksOf({ name: 'dev', ...settings });
    return [[network, preseed, keyserver], Object.values(others)].map((some) =>
      some.map(({ terminationProtection }) => terminationProtection),
    );
  };

  it('are not deleted before the configuration says so', () => {
    expect(kept({})).toEqual([
      [true, true, true],
      [false, false, false, false],
    ]);
    expect(kept({ terminationProtection: false }).flat()).not.toContain(true);
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

describe('what one stack of a stage tells another', () => {
  const templates = Object.values(stages['dev']!).map((template) => template.toJSON());
  const resourcesOf = ({ Resources }: Json) => Object.values<Json>(Resources);
  const written = templates.flatMap(resourcesOf).filter(({ Type }) => Type === 'AWS::SSM::Parameter');
  const read = templates.flatMap(({ Parameters = {} }: Json) => Object.values<Json>(Parameters));

  it('can change: nothing is exported, which could not while it is imported', () => {
    const outputs = templates.flatMap(({ Outputs = {} }: Json) => Object.values<Json>(Outputs));
    expect(outputs.length).toBeGreaterThan(5);
    expect(outputs.filter((output) => 'Export' in output)).toEqual([]);
    expect(JSON.stringify(templates)).not.toMatch(/Fn::(ImportValue|GetStackOutput)/);
  });

  it('is read from parameters of Systems Manager that a stack writes', () => {
    // Each template of the CDK's has one more, which is the bootstrap stack's.
    const links = read.filter(
      ({ Type, Default }) => Type.startsWith('AWS::SSM::') && !Default.startsWith('/cdk-bootstrap/'),
    );
    expect(links.length).toBeGreaterThan(10);
    const names = written.map(({ Properties }) => Properties.Name);
    for (const { Default } of links) expect(names).toContain(Default);
  });
});
