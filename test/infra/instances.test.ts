import { describe, expect, it } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import { parse } from 'yaml';
import { contentVersion } from '../../lib/image/content-version.ts';
import { ImageRecipe } from '../../lib/image/recipe.ts';
import { actionsOf, only, synthesizeOne, text, type Json, type Statement } from './app.ts';

const { fleet, image } = synthesizeOne({ fleet: { dataDiskGiB: 33 } });
const policyOf = (template: typeof fleet, id: RegExp): Statement[] =>
  only(template, 'AWS::IAM::Policy', id).PolicyDocument.Statement;

const routesOf = (statements: readonly Statement[]) =>
  statements.flatMap(({ Resource }) => (Resource as unknown[]).map((one) => text(one).split(':').at(-1)));
const PRESEED = ['ack', 'receive', 'register', 'report'].map(
  (route) => `<import>/dev/POST/v1/preseed/${route}`,
);

describe('the launch template', () => {
  const data = only(fleet, 'AWS::EC2::LaunchTemplate').LaunchTemplateData;

  it('takes IMDSv2 only, and one hop of it', () => {
    expect(data.MetadataOptions).toMatchObject({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 });
  });

  it('encrypts every disk, and brings a blank one', () => {
    const disks = Object.fromEntries(
      data.BlockDeviceMappings.map(({ DeviceName, Ebs }: Json) => [DeviceName, Ebs]),
    );
    expect(Object.keys(disks)).toEqual(['/dev/sda1', '/dev/sdf']);
    expect(Object.values(disks)).toEqual([
      expect.objectContaining({ Encrypted: true }),
      expect.objectContaining({ Encrypted: true, VolumeSize: 33 }),
    ]);
    expect(disks['/dev/sdf']).not.toHaveProperty('SnapshotId');
  });

  it('has no public address', () => {
    expect(data.NetworkInterfaces).toEqual([expect.objectContaining({ AssociatePublicIpAddress: false })]);
  });

  it('launches whatever the pipeline built last, with the tag that the keyserver looks for', () => {
    expect(data.ImageId).toBe('resolve:ssm:/sealroot/dev/ami');
    const tags = [{ Key: 'sealroot:stage', Value: 'dev' }];
    for (const type of ['instance', 'volume']) {
      expect(data.TagSpecifications).toContainEqual({ ResourceType: type, Tags: tags });
    }
  });
});

describe('the role of instances', () => {
  it('can be assumed by EC2 and by nobody else', () => {
    for (const [template, id] of [[fleet, /^Instance/] as const, [image, /^Builder/] as const]) {
      const trust: Statement[] = only(template, 'AWS::IAM::Role', id).AssumeRolePolicyDocument.Statement;
      expect(trust).toEqual([
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } },
      ]);
    }
  });

  it('may ask for no key when the root is volatile, and for its messages', () => {
    const { fleet: volatile } = synthesizeOne({ image: { preset: 'volatile' } });
    const routes = routesOf(policyOf(volatile, /^InstanceRole/));
    expect(routes.sort()).toEqual(PRESEED);
  });

  it('may ask keyserver and preseed service, and nothing else of AWS', () => {
    const policy = policyOf(fleet, /^InstanceRole/);
    expect(new Set(policy.flatMap(actionsOf))).toEqual(new Set(['execute-api:Invoke']));
    expect(routesOf(policy).sort()).toEqual([
      '<import>/dev/GET/v1/health',
      ...PRESEED,
      '<import>/dev/POST/v1/ready',
      '<import>/dev/POST/v1/release',
    ]);
  });
});

describe('the image', () => {
  const recipe = only(image, 'AWS::ImageBuilder::ImageRecipe');
  const documents = Object.values(image.findResources('AWS::ImageBuilder::Component')).map(
    (component) => component['Properties'],
  );

  it('gives each component the parameters that it declares', () => {
    const declared = documents.map(({ Data }) =>
      (parse(Data).parameters ?? []).map((parameter: object) => Object.keys(parameter)[0]).sort(),
    );
    const given = recipe.Components.map(({ Parameters }: Json) =>
      (Parameters ?? []).map(({ Name }: { Name: string }) => Name).sort(),
    );
    expect(given).toEqual(declared);
  });

  it('is tested, on an instance that may ask the keyserver', () => {
    expect(only(image, 'AWS::ImageBuilder::ImagePipeline').ImageTestsConfiguration).toMatchObject({
      ImageTestsEnabled: true,
    });
    expect(policyOf(image, /^BuilderRole/).flatMap(actionsOf)).toContain('execute-api:Invoke');
    expect(only(image, 'AWS::ImageBuilder::InfrastructureConfiguration')).toMatchObject({
      InstanceMetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      ResourceTags: { 'sealroot:stage': 'dev' },
    });
  });

  it('has its id written where the launch template looks, by a role that may', () => {
    const [distribution] = only(image, 'AWS::ImageBuilder::DistributionConfiguration').Distributions;
    expect(distribution.SsmParameterConfigurations).toEqual([
      { ParameterName: '/sealroot/dev/ami', DataType: 'aws:ec2:image' },
    ]);
    const publish = policyOf(image, /^ExecutionRole/).find((one) =>
      actionsOf(one).includes('ssm:PutParameter'),
    );
    expect(text(publish?.Resource)).toMatch(/:parameter\/sealroot\/dev\/ami$/);
  });

  it.each([
    ['ssm:/our/base-image', ':<AWS::AccountId>:parameter/our/base-image'],
    ['ssm:/aws/service/canonical/ubuntu', '::parameter/aws/service/canonical/ubuntu'],
  ])('is built on %s by a role that may look it up', (parentImage, parameter) => {
    const execution = policyOf(synthesizeOne({ image: { parentImage } }).image, /^ExecutionRole/);
    const lookup = execution.find(({ Sid }) => Sid === 'ParentImage');
    expect(text(lookup?.Resource).endsWith(parameter)).toBe(true);
  });

  it('has a blank disk, so that the instance it is tested on has one', () => {
    const devices = recipe.BlockDeviceMappings.map(({ DeviceName }: { DeviceName: string }) => DeviceName);
    expect(devices).toContain('/dev/sdf');
  });

  it('changes its version with its content', () => {
    const volatile = synthesizeOne({ image: { preset: 'volatile' } }).image;
    expect(only(volatile, 'AWS::ImageBuilder::ImageRecipe').Version).not.toBe(recipe.Version);
    for (const { Data, Version } of documents) expect(Version).toBe(contentVersion(Data));
  });

  it('changes its version with that of a component, which only a deployment resolves', () => {
    const version = (component: string) => {
      const stack = new Stack(new App({ analyticsReporting: false }), 'Image');
      const components = { configurations: [{ componentArn: 'token' }], versions: [component] };
      new ImageRecipe(stack, 'Recipe', { stage: 'dev', parentImage: 'ami-12345678', components });
      return only(Template.fromStack(stack), 'AWS::ImageBuilder::ImageRecipe').Version as string;
    };
    expect(version('1.2.3')).toBe(version('1.2.3'));
    expect(version('1.2.3')).not.toBe(version('1.2.4'));
  });

  it('fits on the blank disk that instances are launched with: EC2 never makes one smaller than in its image', () => {
    const { Ebs } = recipe.BlockDeviceMappings.find((one: Json) => one.DeviceName === '/dev/sdf');
    expect(() => synthesizeOne({ fleet: { dataDiskGiB: Ebs.VolumeSize - 1 } })).toThrow('dataDiskGiB');
    expect(() => synthesizeOne({ fleet: { dataDiskGiB: Ebs.VolumeSize } })).not.toThrow();
  });

  it('is built by a machine whose agent can run what Image Builder associates with it', () => {
    const allowed = policyOf(image, /^BuilderRole/).flatMap(actionsOf);
    expect(allowed).toEqual(
      expect.arrayContaining(['ssm:GetDocument', 'ssm:UpdateAssociationStatus', 'ssm:PutInventory']),
    );
    expect(allowed.filter((action) => action.startsWith('ssm:GetParameter'))).toEqual([]);
  });
});

describe('a version made from content', () => {
  it('stays within what Image Builder takes', () => {
    for (const content of ['', 'a', 'b', 'c', 'd', 'e', 'f', 'g']) {
      const parts = contentVersion(content).split('.').map(Number);
      expect(parts).toHaveLength(3);
      expect(parts.every((part) => Number.isInteger(part) && part >= 0 && part < 2 ** 30)).toBe(true);
    }
  });
});
