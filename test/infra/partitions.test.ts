import { describe, expect, it } from '@jest/globals';
import { only, synthesizeOne, text, type Json, type Templates } from './app.ts';
import { BEIJING, deployment, IRELAND, type Environment } from './deployment.ts';
import { policyStatements } from './policy-documents.ts';
import { SCENARIOS } from './scenarios.ts';

const stacksOf = (templates: Templates) =>
  Object.entries(templates) as [keyof Templates, Templates['image']][];

/** Every text in a value, with the names of members on the way to it. */
function texts(value: unknown, path: readonly string[] = []): { path: string; found: string }[] {
  if (typeof value === 'string') return [{ path: path.join('.'), found: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => texts(member, [...path, name]));
}

/** Words that belong to one partition: its name in an ARN, its suffix, and the region that AWS's own things are in. */
const OF_A_PARTITION =
  /\barn:aws[a-z-]*:|amazonaws\.(com|eu)|\b(cn-north|cn-northwest|us-gov|us-east|eu-west)-/;

/** Names that are the same in every partition; and EC2's, which go together: it is called otherwise in China. */
const EVERYWHERE = [
  /^(apigateway|imagebuilder|lambda|ssm|vpc-flow-logs)\.amazonaws\.com$/,
  /:role\/aws-service-role\/ssm\.amazonaws\.com\//,
  /^ec2\.amazonaws\.com(\.cn)?$/,
  // The first of two names of a service that uses a key: it is documented, and what it is in China is not.
  /^\.amazonaws\.com$/,
];

describe.each(Object.entries(SCENARIOS))('a template with %s', (_, members) => {
  // ARNs that the configuration gives are their owner's.
  const given = JSON.stringify(members);

  it('names no partition, suffix or region, but by reference', () => {
    const named = stacksOf(synthesizeOne(members)).flatMap(([stack, template]) =>
      texts((template.toJSON() as Json).Resources).flatMap(({ path, found }) =>
        OF_A_PARTITION.test(found) && !given.includes(found) && !EVERYWHERE.some((one) => one.test(found))
          ? [`${stack}: ${path}: ${found}`]
          : [],
      ),
    );
    expect(named).toEqual([]);
  });
});

describe.each<[string, Environment, string, string]>([
  ['Ireland', IRELAND, 'ec2.amazonaws.com', 'com.amazonaws.eu-west-1.execute-api'],
  ['Beijing', BEIJING, 'ec2.amazonaws.com.cn', 'cn.com.amazonaws.cn-north-1.execute-api'],
])('a deployment in %s', (_, place, ec2, service) => {
  const templates = synthesizeOne();
  const { resolve } = deployment(templates, place);

  it('names resources of its partition only', () => {
    const foreign = stacksOf(templates).flatMap(([stack, template]) =>
      policyStatements(template)
        .flatMap(({ statement }) => texts(resolve(stack, statement)))
        .filter(({ found }) => found.startsWith('arn:') && !found.startsWith(`arn:${place.partition}:`)),
    );
    expect(foreign).toEqual([]);
  });

  it('trusts EC2 by the name that it has there', () => {
    for (const [stack, id] of [['fleet', /^Instance/] as const, ['image', /^Builder/] as const]) {
      const { AssumeRolePolicyDocument } = only(templates[stack], 'AWS::IAM::Role', id);
      expect(resolve(stack, AssumeRolePolicyDocument).Statement).toEqual([
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: ec2 } },
      ]);
    }
  });

  it('lets roles be passed to EC2 by that name, and keys be used through it', () => {
    const conditions = stacksOf(templates).flatMap(([stack, template]) =>
      policyStatements(template).map(({ statement }) => resolve(stack, statement).Condition ?? {}),
    );
    const valuesOf = (key: string): string[][] =>
      conditions.flatMap((condition) =>
        Object.values<Json>(condition).flatMap((keys) => (key in keys ? [[keys[key]].flat()] : [])),
      );
    expect(valuesOf('iam:PassedToService').length).toBeGreaterThan(0);
    for (const services of valuesOf('iam:PassedToService')) expect(services).toContain(ec2);
    expect(valuesOf('kms:ViaService').length).toBeGreaterThan(0);
    for (const services of valuesOf('kms:ViaService'))
      expect(services).toContainEqual(
        expect.stringMatching(new RegExp(`^(ec2|s3)\\.${place.region}\\.${place.urlSuffix}$`)),
      );
  });

  it('reaches execute-api by an endpoint service that is there', () => {
    const { ServiceName } = only(templates.network, 'AWS::EC2::VPCEndpoint', /^Keyserver/);
    expect(resolve('network', ServiceName)).toBe(service);
  });

  it('has the keyserver’s address end as addresses there do', () => {
    const { Components } = only(templates.image, 'AWS::ImageBuilder::ImageRecipe');
    const endpoint = Components.flatMap(({ Parameters = [] }: Json) => Parameters).find(
      ({ Name }: Json) => Name === 'Endpoint',
    );
    expect(text(resolve('image', endpoint).Value[0])).toMatch(
      new RegExp(`^https://[0-9a-z-]+\\.execute-api\\.${place.region}\\.${place.urlSuffix}/dev$`),
    );
  });
});
