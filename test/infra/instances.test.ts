import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { deployment } from './deployment.ts';
import { actionsOf, only, synthesizeOne, text, type Json, type Statement } from './app.ts';

const { fleet, image } = synthesizeOne({ fleet: { dataDiskGiB: 33 } });
const policyOf = (template: typeof fleet, id: RegExp): Statement[] =>
  only(template, 'AWS::IAM::Policy', id).PolicyDocument.Statement;

const routesOf = (statements: readonly Statement[]) =>
  statements.flatMap(({ Resource }) => (Resource as unknown[]).map((one) => text(one).split(':').at(-1)));
const PRESEED = ['ack', 'receive', 'register', 'report'].map(
  (route) => `<LinkInstanceApi>/dev/POST/v1/preseed/${route}`,
);

const templatesOf = (template: typeof fleet): Json[] =>
  Object.values<Json>(template.findResources('AWS::EC2::LaunchTemplate')).map(({ Properties }) => Properties);

describe('the launch templates', () => {
  const [first, second] = templatesOf(fleet);
  const data = first.LaunchTemplateData;

  it('are one for each subnet of the fleet, and differ in nothing else', () => {
    expect([first, second].map(({ LaunchTemplateName }) => LaunchTemplateName)).toEqual([
      'sealroot-dev',
      'sealroot-dev/2',
    ]);
    const subnetOf = (template: Json) => template.LaunchTemplateData.NetworkInterfaces[0].SubnetId;
    const ofFirst = JSON.stringify(second)
      .replace('sealroot-dev/2', 'sealroot-dev')
      .replace(JSON.stringify(subnetOf(second)), JSON.stringify(subnetOf(first)));
    expect(text(subnetOf(second))).toBe('<LinkFleetSubnet2>');
    expect(JSON.parse(ofFirst)).toEqual(first);
  });

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

  it('names the key of its disks when one is configured, and leaves it to EC2 when none is', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/00000000-1111-4222-8333-444444444444';
    const keysOf = (members: object) => {
      const [template] = templatesOf(synthesizeOne(members).fleet);
      return template.LaunchTemplateData.BlockDeviceMappings.map(({ Ebs }: Json) => Ebs.KmsKeyId);
    };
    expect(keysOf({ fleet: { kmsKeyArn } })).toEqual([kmsKeyArn, kmsKeyArn]);
    expect(keysOf({ image: { kmsKeyArn } })).toEqual([undefined, undefined]);
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
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: { 'Fn::If': ['InChina', 'ec2.amazonaws.com.cn', 'ec2.amazonaws.com'] } },
        },
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
      '<LinkInstanceApi>/dev/GET/v1/health',
      ...PRESEED,
      '<LinkInstanceApi>/dev/POST/v1/ready',
      '<LinkInstanceApi>/dev/POST/v1/release',
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

  it('is bound to what the stage says it has to be bound to', () => {
    const templates = synthesizeOne();
    const { resolve } = deployment(templates);
    const [distribution] = resolve(
      'image',
      only(templates.image, 'AWS::ImageBuilder::DistributionConfiguration').Distributions,
    );
    const { 'sealroot:pins': pins } = distribution.AmiDistributionConfiguration.AmiTags;
    expect(pins).toMatch(/^\S+ \S+ [a-z0-9]{10} keyserver\.dev\.sealroot\.internal$/);
    const parameters = Object.values(templates.keyserver.findResources('AWS::SSM::Parameter')).map(
      ({ Properties }) => resolve('keyserver', Properties),
    );
    expect(parameters.find(({ Name }) => Name === '/sealroot/dev/pins')?.Value).toBe(pins);
    const { Value: endpoint } = recipe.Components.flatMap(({ Parameters = [] }: Json) => Parameters).find(
      ({ Name }: Json) => Name === 'Endpoint',
    );
    expect(new URL(resolve('image', endpoint[0])).hostname.split('.')[0]).toBe(pins.split(' ')[2]);
    // EC2's limits for a tag.
    expect(pins).toMatch(/^[\w .:/=+@-]{1,256}$/);
  });

  it.each([
    ['ssm:/our/base-image', ':<AWS::AccountId>:parameter/our/base-image'],
    ['ssm:/aws/service/canonical/ubuntu', '::parameter/aws/service/canonical/ubuntu'],
  ])('is built on %s by a role that may look it up', (parentImage, parameter) => {
    const execution = policyOf(synthesizeOne({ image: { parentImage } }).image, /^ExecutionRole/);
    const lookup = execution.find(({ Sid }) => Sid === 'ReadParentImage');
    expect(text(lookup?.Resource).endsWith(parameter)).toBe(true);
  });

  it('has its snapshots under the key that is configured, which its builders may use through EC2 alone', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/00000000-1111-4222-8333-444444444444';
    const { image: keyed } = synthesizeOne({ image: { kmsKeyArn } });
    const { BlockDeviceMappings, Version } = only(keyed, 'AWS::ImageBuilder::ImageRecipe');
    expect(BlockDeviceMappings.map(({ Ebs }: Json) => Ebs.KmsKeyId)).toEqual([kmsKeyArn, kmsKeyArn]);
    expect(Version).not.toBe(recipe.Version);
    const onKey = policyOf(keyed, /^ExecutionRole/).filter(({ Resource }) =>
      [Resource].flat().includes(kmsKeyArn),
    );
    expect(onKey.flatMap(actionsOf)).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
      'kms:DescribeKey',
      'kms:CreateGrant',
    ]);
    for (const { Condition } of onKey) {
      expect(text((Condition?.['StringEquals']?.['kms:ViaService'] as Json)[0])).toBe(
        'ec2.<AWS::Region>.amazonaws.com',
      );
    }
    const grant = onKey.find((one) => actionsOf(one).includes('kms:CreateGrant'));
    expect(grant?.Condition?.['Bool']).toEqual({ 'kms:GrantIsForAWSResource': 'true' });
  });

  it('is built where the default key for EBS, or that of the parent image, is the account’s own', () => {
    const onAnyKey = policyOf(image, /^ExecutionRole/).filter(({ Resource }) =>
      text(Resource).endsWith(':key/*'),
    );
    expect(onAnyKey.map(({ Sid }) => Sid)).toEqual(['UseDiskKeys', 'DescribeDiskKeys', 'GrantDiskKeys']);
    for (const { Condition } of onAnyKey)
      expect(Condition?.['StringEquals']).toEqual({ 'kms:ViaService': expect.anything() });
  });

  it('gets its files from a bucket that has a key of the account’s own, and decrypts nothing else', () => {
    const decrypt = policyOf(image, /^BuilderRole/).filter((one) => actionsOf(one).includes('kms:Decrypt'));
    expect(decrypt).toHaveLength(1);
    const { 'kms:ViaService': via, 'kms:EncryptionContext:aws:s3:arn': object } =
      decrypt[0]!.Condition!['StringEquals']!;
    expect(text((via as Json)[0])).toBe('s3.<AWS::Region>.amazonaws.com');
    expect((object as Json).map(text)).toEqual([
      expect.stringMatching(/^arn:<AWS::Partition>:s3:::\S*cdk-\w+-assets-[^/]*$/),
      expect.stringMatching(/^arn:<AWS::Partition>:s3:::\S*cdk-\w+-assets-[^/]*\/[0-9a-f]{64}\.gz$/),
    ]);
  });

  it('has a blank disk, so that the instance it is tested on has one', () => {
    const devices = recipe.BlockDeviceMappings.map(({ DeviceName }: { DeviceName: string }) => DeviceName);
    expect(devices).toContain('/dev/sdf');
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
