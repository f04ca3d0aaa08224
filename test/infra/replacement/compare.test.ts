import { describe, expect, it } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import type { Json } from '../app.ts';
import { newcomers, replacements } from './compare.ts';
import { identitiesOf, type Identities } from './identities.ts';

const VPC = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
const GROUP = {
  Type: 'AWS::EC2::SecurityGroup',
  Properties: { GroupDescription: 'instances', VpcId: { Ref: 'Vpc' } },
};
const POLICY = {
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: { ManagedPolicyName: 'guard', Description: 'guards', PolicyDocument: {} },
};
const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }], BillingMode: 'PAY_PER_REQUEST' },
};
const KEY = { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: {} } };
const ALARM = { Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 1 } };
const COMPONENT = {
  Type: 'AWS::ImageBuilder::Component',
  Properties: { Name: 'packages', Version: '1.0.0', Data: 'phases: []' },
};
const RESOURCES = { Vpc: VPC, Group: GROUP, Policy: POLICY, Table: TABLE, Key: KEY, Alarm: ALARM };
const EXPORTS = {
  GroupId: { Value: { 'Fn::GetAtt': ['Group', 'GroupId'] }, Export: { Name: 'network:GroupId' } },
};

const stage = (Resources: Json = RESOURCES, Outputs: Json = EXPORTS): Identities =>
  identitiesOf({ network: Template.fromJSON({ Resources, Outputs }) });

const before = stage();
/** Effects of a change of one resource's properties; `undefined` takes one away. */
const changing = (logicalId: keyof typeof RESOURCES, properties: object) => {
  const { Type, Properties } = RESOURCES[logicalId];
  const now = { ...RESOURCES, [logicalId]: { Type, Properties: { ...Properties, ...properties } } };
  return replacements(before, stage(now));
};

describe('what is watched', () => {
  it('is what has a name, holds data or is exported, and what such a thing would be replaced with', () => {
    expect(Object.keys(before['network']!)).toEqual(['Group', 'Key', 'Policy', 'Table', 'Vpc']);
  });

  it('is what an image is built with', () => {
    const link = (Value: Json) => ({ Type: 'AWS::SSM::Parameter', Properties: { Name: '/vpc', Value } });
    const recipe = (parameter: string) => ({
      Parameters: { Link: { Type: 'AWS::SSM::Parameter::Value<String>', Default: parameter } },
      Resources: {
        Recipe: {
          Type: 'AWS::ImageBuilder::ImageRecipe',
          Properties: { Name: 'image', Components: [{ Parameters: [{ Value: [{ Ref: 'Link' }] }] }] },
        },
      },
    });
    const stacks = (cidr: string, parameter = '/vpc') =>
      identitiesOf({
        network: Template.fromJSON({
          Resources: { Vpc: { ...VPC, Properties: { CidrBlock: cidr } }, Link: link({ Ref: 'Vpc' }) },
        }),
        image: Template.fromJSON(recipe(parameter)),
      });
    const first = stacks('10.0.0.0/16');
    expect(first['network']!['Vpc']).toMatchObject({ baked: ['/vpc'] });
    expect(replacements(first, stacks('10.1.0.0/16'))).toEqual([
      'network: Vpc (AWS::EC2::VPC) is replaced, since CidrBlock changes from 10.0.0.0/16 to 10.1.0.0/16; images that were built with /vpc know the old one alone',
    ]);
    expect(stacks('10.0.0.0/16', '/another')['network']).not.toHaveProperty('Vpc');
  });

  it('is told without the version of an image’s component, which follows from its content', () => {
    expect(stage({ Component: COMPONENT }, {})['network']).toEqual({
      Component: { type: COMPONENT.Type, named: { Name: 'packages' } },
    });
  });

  it('is told by a digest where a value is long, which still says what the value refers to', () => {
    const data = { 'Fn::Join': ['', ['x'.repeat(200), { Ref: 'Vpc' }]] };
    const { Group } = stage({
      ...RESOURCES,
      Group: { ...GROUP, Properties: { ...GROUP.Properties, VpcId: data } },
    })['network']!;
    expect(Group!.createOnly!['VpcId']).toMatch(/^sha256:[0-9a-f]{32} <Vpc>$/);
  });
});

describe('a change that replaces nothing', () => {
  it.each<[string, keyof typeof RESOURCES, object]>([
    ['of a property that can change', 'Table', { BillingMode: 'PROVISIONED' }],
    ['of a policy’s document', 'Policy', { PolicyDocument: { Statement: [] } }],
    ['of what nobody knows', 'Alarm', { AlarmName: 'errors' }],
  ])('%s passes', (_, logicalId, properties) => {
    expect(changing(logicalId, properties)).toEqual([]);
  });
});

describe('a create-only property that changes', () => {
  it('is refused of what keeps its name, and taken when the name changes with it', () => {
    expect(changing('Policy', { Description: 'guards better' })).toEqual([
      'network: Policy (AWS::IAM::ManagedPolicy) is replaced, since Description changes from guards to guards better; the new one cannot have the name guard while the old one stands. Change the name with it',
    ]);
    expect(changing('Policy', { Description: 'guards better', ManagedPolicyName: 'guard-2' })).toEqual([]);
  });

  it('is refused of what is exported', () => {
    expect(changing('Group', { GroupDescription: 'machines' })).toEqual([
      'network: Group (AWS::EC2::SecurityGroup) is replaced, since GroupDescription changes from instances to machines; its id is the export network:GroupId, which CloudFormation refuses to change while it is in use',
    ]);
  });

  it('is refused of what an exported resource refers to', () => {
    expect(changing('Vpc', { CidrBlock: '10.1.0.0/16' })).toEqual([
      'network: Vpc (AWS::EC2::VPC) is replaced, since CidrBlock changes from 10.0.0.0/16 to 10.1.0.0/16; with it Group (AWS::EC2::SecurityGroup) is replaced, which refers to it',
    ]);
  });

  it('is refused of what holds data, also where only its own page says that it cannot change', () => {
    expect(changing('Table', { KeySchema: [] })[0]).toMatch(
      /Table .* is replaced, .*; the new one is empty$/,
    );
    expect(changing('Key', { KeySpec: 'RSA_4096' })[0]).toMatch(/KeySpec changes from nothing to RSA_4096/);
  });
});

describe('a logical id that changes', () => {
  const renamed = (from: keyof typeof RESOURCES, to: string) => {
    const { [from]: resource, ...others } = RESOURCES;
    return replacements(before, stage({ ...others, [to]: resource }, from === 'Group' ? {} : EXPORTS));
  };

  it('is refused of what holds data', () => {
    expect(renamed('Key', 'Seal')).toEqual([
      'network: Key (AWS::KMS::Key) is gone: its data stays behind, and what takes its place is empty. Keep the logical id',
    ]);
  });

  it('is refused of what keeps its name', () => {
    expect(renamed('Policy', 'Guard')).toEqual([
      'network: Policy (AWS::IAM::ManagedPolicy) becomes network: Guard under the name guard, which the old one still has when it is made. Keep the logical id, or change the name',
    ]);
  });

  it('is refused of what other stacks may still import', () => {
    expect(renamed('Group', 'Machines')).toEqual([
      'network: Group (AWS::EC2::SecurityGroup) is no longer exported as network:GroupId, which deployed stacks may still import',
    ]);
  });
});

describe('a resource that the baseline does not tell of', () => {
  it('is named when it is one to watch', () => {
    const now = stage({ ...RESOURCES, Another: TABLE, Another2: ALARM });
    expect(newcomers(before, now)).toEqual(['network: Another (AWS::DynamoDB::Table)']);
    expect(replacements(before, now)).toEqual([]);
  });

  it('has to be of a type that there is', () => {
    expect(() => stage({ Thing: { Type: 'AWS::EC2::Thing' } }, {})).toThrow(
      'no resource type AWS::EC2::Thing',
    );
  });
});

it('is refused when a resource becomes one of another type', () => {
  const now = stage({ ...RESOURCES, Table: { ...KEY } });
  expect(replacements(before, now)).toEqual([
    "network: Table (AWS::DynamoDB::Table) becomes a AWS::KMS::Key: CloudFormation refuses to change a resource's type",
  ]);
});
