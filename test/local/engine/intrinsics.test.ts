import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readAssembly, type Assembly, type Template } from '../../../local/engine/assembly/assembly.ts';
import { PhysicalIds } from '../../../local/engine/assembly/physical-ids.ts';
import { AssemblyResources } from '../../../local/engine/assembly/resources.ts';
import { smallAssembly } from '../support/small-assembly.ts';

const fresh = () => mkdtempSync(path.join(tmpdir(), 'sealroot-state-'));
const stack = (name: string, template: Template) => ({
  name,
  account: '000000000000',
  region: 'us-east-1',
  template,
});
const load = (...stacks: ReturnType<typeof stack>[]) => {
  const assembly: Assembly = { account: '000000000000', region: 'us-east-1', stacks, assets: new Map() };
  return new AssemblyResources(assembly, new PhysicalIds(fresh()));
};

/** Result of `value` in a template with some of everything. */
function resolved(value: unknown): unknown {
  const first = stack('First', {
    Resources: { Key: { Type: 'AWS::KMS::Key' } },
    Outputs: {
      Out: {
        Value: { 'Fn::GetAtt': ['Key', 'Arn'] },
        Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Key' } },
      },
    },
  });
  const second = stack('Second', {
    Parameters: { Size: { Type: 'String', Default: 'small' } },
    Mappings: { Sizes: { small: { disk: 20 } } },
    Conditions: {
      Small: { 'Fn::Equals': [{ Ref: 'Size' }, 'small'] },
      Never: { 'Fn::And': [{ Condition: 'Small' }, { 'Fn::Not': [{ Condition: 'Small' }] }] },
      Either: { 'Fn::Or': [{ Condition: 'Never' }, { Condition: 'Small' }] },
    },
    Resources: {
      Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'reader' } },
      Absent: { Type: 'AWS::IAM::Role', Condition: 'Never', Properties: { RoleName: 'absent' } },
      Holder: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/holder', Value: value } },
    },
  });
  return load(first, second).byLogicalId('Holder')?.properties['Value'];
}

describe('an intrinsic function', () => {
  const cases: [string, unknown, unknown][] = [
    ['Ref to a resource', { Ref: 'Role' }, 'reader'],
    ['Ref to a parameter', { Ref: 'Size' }, 'small'],
    [
      'pseudo parameters',
      { 'Fn::Sub': '${AWS::Partition} ${AWS::Region} ${AWS::AccountId} ${AWS::URLSuffix}' },
      'aws us-east-1 000000000000 amazonaws.com',
    ],
    ['GetAtt', { 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:aws:iam::000000000000:role/reader'],
    ['GetAtt in one word', { 'Fn::GetAtt': 'Role.Arn' }, 'arn:aws:iam::000000000000:role/reader'],
    [
      'Sub with attributes, given values and literals',
      { 'Fn::Sub': ['${Role.Arn} ${x} ${!Role}', { x: { Ref: 'Size' } }] },
      'arn:aws:iam::000000000000:role/reader small ${Role}',
    ],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Size' }, 1]] }, 'a-small-1'],
    ['Select and Split', { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    ['Select of zones', { 'Fn::Select': ['1', { 'Fn::GetAZs': '' }] }, 'us-east-1b'],
    [
      'ImportValue',
      { 'Fn::ImportValue': 'First:Key' },
      expect.stringMatching(/^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/),
    ],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'Size' }, 'disk'] }, 20],
    ['If', { 'Fn::If': ['Small', 'yes', 'no'] }, 'yes'],
    [
      'If of a condition made of others',
      [{ 'Fn::If': ['Never', 'yes', 'no'] }, { 'Fn::If': ['Either', 'yes', 'no'] }],
      ['no', 'yes'],
    ],
    [
      'NoValue as a member and as an element',
      { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] },
      { b: [1] },
    ],
    ['Base64', { 'Fn::Base64': { Ref: 'Size' } }, 'c21hbGw='],
    [
      'a Condition of a policy, which is none',
      { Condition: { Bool: { a: 'true' } } },
      { Condition: { Bool: { a: 'true' } } },
    ],
  ];
  it.each(cases)('%s', (_name, value, expected) => {
    expect(resolved(value)).toEqual(expected);
  });

  it.each<[string, unknown, string]>([
    [
      'a function that is not supported',
      { 'Fn::Transform': {} },
      'Second: the local cloud does not know Fn::Transform',
    ],
    ['a name that is not there', { Ref: 'Nothing' }, 'Second: Ref to Nothing'],
    ['a resource that its condition leaves out', { Ref: 'Absent' }, 'Second: Ref to Absent'],
    [
      'an attribute that is not known',
      { 'Fn::GetAtt': ['Role', 'Colour'] },
      'attribute Colour of Role (AWS::IAM::Role)',
    ],
    ['an export that is not there', { 'Fn::ImportValue': 'First:Other' }, 'no stack exports First:Other'],
    ['an element that is not there', { 'Fn::Select': [3, ['a']] }, 'Fn::Select has no element 3'],
  ])('says what is wrong with %s', (_name, value, message) => {
    expect(() => resolved(value)).toThrow(message);
  });
});

describe('physical ids', () => {
  const template: Template = {
    Resources: {
      Vpc: { Type: 'AWS::EC2::VPC' },
      Template: { Type: 'AWS::EC2::LaunchTemplate' },
      Key: { Type: 'AWS::KMS::Key' },
      Table: { Type: 'AWS::DynamoDB::Table' },
      Api: { Type: 'AWS::ApiGateway::RestApi' },
    },
  };

  it('look as those of AWS do', () => {
    const resources = load(stack('Stack', template));
    const id = (name: string) => resources.byLogicalId(name)?.physicalId;
    expect(id('Vpc')).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(id('Template')).toMatch(/^lt-[0-9a-f]{17}$/);
    expect(id('Key')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(id('Table')).toMatch(/^Stack-Table-[0-9A-F]{12}$/);
    expect(id('Api')).toMatch(/^[a-z0-9]{10}$/);
  });

  it('stay as they are', () => {
    const state = fresh();
    const assembly = { account: '1', region: 'r', stacks: [stack('Stack', template)], assets: new Map() };
    const ids = () =>
      new AssemblyResources(assembly, new PhysicalIds(state)).all().map(({ physicalId }) => physicalId);
    expect(ids()).toEqual(ids());
  });
});

describe('a cloud assembly', () => {
  it('is read with its assets, and open accounts become the local one', () => {
    const assembly = readAssembly(smallAssembly());
    expect([assembly.account, assembly.region]).toEqual(['000000000000', 'us-east-1']);
    expect(assembly.assets.get('echo.zip')).toMatch(/asset\.echo$/);
  });

  it('is asked for when there is none', () => {
    expect(() => readAssembly(fresh())).toThrow('run `npx cdk synth` first');
  });

  it('has stacks of one account and region', () => {
    const directory = fresh();
    const artifact = (region: string) => ({
      type: 'aws:cloudformation:stack',
      environment: `aws://111111111111/${region}`,
      properties: { templateFile: 'template.json' },
    });
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, 'template.json'), '{}');
    const artifacts = { A: artifact('us-east-1'), B: artifact('eu-west-1') };
    writeFileSync(path.join(directory, 'manifest.json'), JSON.stringify({ artifacts }));
    expect(() => readAssembly(directory)).toThrow('one account and one region');
  });
});
