import { describe, expect, it } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { App, Stack, Tags, type CfnResource } from 'aws-cdk-lib/core';
import { contentVersion } from '../../lib/image/content-version.ts';
import { ImmutableComponent, ImmutableRecipe } from '../../lib/image/immutable.ts';
import { originOf } from '../../lib/platform/origin.ts';
import { only, synthesizeOne, type Json } from './app.ts';
import { kindOf } from './replacement/create-only.ts';

const component = (stack: Stack) =>
  new ImmutableComponent(stack, 'Component', {
    name: 'packages',
    platform: 'Linux',
    description: 'packages',
    data: 'phases: []',
  });
const recipe = (stack: Stack, componentVersions = ['1.2.3']) =>
  new ImmutableRecipe(stack, 'Recipe', {
    name: 'image',
    parentImage: 'ami-12345678',
    components: [{ componentArn: 'token' }],
    componentVersions,
    origins: () => [],
  });

/** A value that neither of them has. */
const OTHER: Readonly<Record<string, unknown>> = {
  AdditionalInstanceConfiguration: { userDataOverride: 'IyEvYmluL3No' },
  AmiTags: { team: 'platform' },
  AmiWatermarks: ['other'],
  BlockDeviceMappings: [{ deviceName: '/dev/sdg' }],
  ChangeDescription: 'other',
  Components: [{ componentArn: 'other' }],
  Data: 'other',
  Description: 'other',
  KmsKeyId: 'other',
  ParentImage: 'ami-0fedcba9876543210',
  Platform: 'Windows',
  SupportedOsVersions: ['Ubuntu 24'],
  Uri: 's3://other/document',
  WorkingDirectory: '/other',
};

/** Version and properties in the template, after a change of the resource or its stack. */
function written(make: (stack: Stack) => CfnResource, change?: (made: CfnResource) => void): Json {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Image');
  const made = make(stack);
  change?.(made);
  return only(Template.fromStack(stack), made.cfnResourceType);
}

describe.each([
  ['AWS::ImageBuilder::Component', component],
  ['AWS::ImageBuilder::ImageRecipe', recipe],
] as const)('the version of %s', (type, make) => {
  const first: string = written(make).Version;
  // Tags are told below: they are set in another way.
  const fixed = [...kindOf(type).createOnly].filter((name) => !['Name', 'Version', 'Tags'].includes(name));

  it('is the same for the same content', () => {
    expect(written(make).Version).toBe(first);
  });

  it.each(fixed)('is another when its %s is, since CloudFormation would replace it', (property) => {
    const member = `${property.charAt(0).toLowerCase()}${property.slice(1)}`;
    const other = written(make, (made) => Object.assign(made, { [member]: OTHER[property] }));
    expect(other).toHaveProperty(property);
    expect(other.Version).not.toBe(first);
  });

  it('is another when its tags are, or those of its stack', () => {
    const tagged = [
      written(make, (made) => Tags.of(made).add('team', 'platform')),
      written(make, (made) => Tags.of(made.stack).add('team', 'platforms')),
    ];
    expect(new Set([first, ...tagged.map(({ Version }) => Version)]).size).toBe(3);
  });
});

describe('the version of a recipe', () => {
  it('is another when that of a component is, which its reference does not say', () => {
    expect(written((stack) => recipe(stack, ['1.2.4'])).Version).not.toBe(written(recipe).Version);
  });

  it('is another for another preset, which only a parameter of a component tells', () => {
    const [persistent, volatile] = ['persistent', 'volatile'].map(
      (preset) => only(synthesizeOne({ image: { preset } }).image, 'AWS::ImageBuilder::ImageRecipe').Version,
    );
    expect(volatile).not.toBe(persistent);
  });
});

describe('the version of a recipe with values of other stacks', () => {
  const versionIn = (settings: object): string =>
    only(synthesizeOne(settings).image, 'AWS::ImageBuilder::ImageRecipe').Version;

  it('is another when a network takes the place of the one with the endpoint, which the template does not tell', () => {
    const withRange = (cidr: string) => ({ network: { cidr, privateName: false } });
    expect(versionIn(withRange('10.1.0.0/16'))).not.toBe(versionIn(withRange('10.2.0.0/16')));
  });

  /** A stack with a topic, whose name a value of another stack goes back to. */
  function originWith(change: (topic: CfnTopic, queue: CfnQueue) => void): string {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Producer');
    const topic = new CfnTopic(stack, 'Topic', { displayName: 'first' });
    const queue = new CfnQueue(stack, 'Queue', { tags: [{ key: 'topic', value: topic.ref }] });
    change(topic, queue);
    return JSON.stringify(originOf(stack, `https://${queue.attrArn}`));
  }

  it('follows each resource that a value is made of, and no other', () => {
    const first = originWith(() => undefined);
    const unrelated = originWith((topic) => new CfnTopic(topic.stack, 'Other'));
    expect(unrelated).toBe(first);
    const others = [
      originWith((_, queue) => (queue.queueName = 'other')),
      originWith((topic) => (topic.displayName = 'other')),
      originWith((_, queue) => queue.overrideLogicalId('Replaced')),
    ];
    expect(new Set([first, ...others]).size).toBe(4);
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
