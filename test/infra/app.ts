import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { App } from 'aws-cdk-lib/core';
import { parseConfig } from '../../lib/config.ts';
import type { Bundles } from '../../lib/platform/bundle.ts';
import { addStage } from '../../lib/stage.ts';

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- part of a template: a wrong guess of its shape fails the assertion
export type Json = any;

export type Templates = Readonly<
  Record<'network' | 'preseed' | 'keyserver' | 'operator' | 'image' | 'fleet' | 'access', Template>
>;

/** Context as cdk.json sets it for this app. */
const FLAGS = {
  '@aws-cdk/aws-apigateway:disableCloudWatchRole': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
};

/** Bundles that contain nothing: what is in them makes no difference to a template but a hash. */
export function emptyBundles(): Bundles {
  const root = mkdtempSync(join(tmpdir(), 'sealroot-test-'));
  const folder = (service: string) => {
    mkdirSync(join(root, service));
    writeFileSync(join(root, service, 'index.mjs'), `// ${service}\n`);
    return join(root, service);
  };
  return { keyserver: folder('keyserver'), operator: folder('operator'), preseed: folder('preseed') };
}

/** Synthesizes stages, with these members over their defaults; templates by name of stage. */
export function synthesize(...stages: object[]): Record<string, Templates> {
  const app = new App({ context: FLAGS, builtinCloudFormationValidation: false, analyticsReporting: false });
  const bundles = emptyBundles();
  const parsed = parseConfig({ stages }).stages;
  const stacks = parsed.map((stage) => [stage.name, addStage(app, stage, bundles)] as const);
  return Object.fromEntries(
    stacks.map(([name, all]) => [
      name,
      {
        network: Template.fromStack(all.network),
        preseed: Template.fromStack(all.preseed),
        keyserver: Template.fromStack(all.keyserver),
        operator: Template.fromStack(all.operator),
        image: Template.fromStack(all.image),
        fleet: Template.fromStack(all.fleet),
        access: Template.fromStack(all.access),
      },
    ]),
  );
}

export function synthesizeOne(members: object = {}): Templates {
  return synthesize({ name: 'dev', ...members })['dev']!;
}

/** Properties of the only resource of a type, or of the only one whose logical id matches. */
export function only(template: Template, type: string, id = /^/): Json {
  const found = Object.entries(template.findResources(type)).filter(([name]) => id.test(name));
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} match ${String(id)}`);
  return found[0]![1]['Properties'];
}

/** Every statement of every policy in a template, whatever carries it. */
export function allStatements(template: Template): Statement[] {
  const found: Statement[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { Statement: statements } = value as { Statement?: unknown };
    if (Array.isArray(statements)) found.push(...(statements as Statement[]));
    Object.values(value).forEach(visit);
  };
  visit(template.toJSON());
  return found;
}

export function statement(statements: readonly Statement[], sid: string): Statement {
  const found = statements.find((one) => one.Sid === sid);
  if (found === undefined)
    throw new Error(`no statement ${sid} among ${statements.map((one) => one.Sid).join()}`);
  return found;
}

export const actionsOf = ({ Action = [] }: Statement): string[] => [Action].flat();

/** A value of a template as one line: joins are joined, references are `<Name>`. */
export function text(value: Json): string {
  if (typeof value === 'string') return value;
  if (value?.Ref !== undefined) return `<${value.Ref}>`;
  if (value?.['Fn::Join'] !== undefined) return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
  if (value?.['Fn::GetAtt'] !== undefined) return `<${value['Fn::GetAtt'].join('.')}>`;
  if (value?.['Fn::ImportValue'] !== undefined) return '<import>';
  return JSON.stringify(value);
}
