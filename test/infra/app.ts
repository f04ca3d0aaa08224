import { Template } from 'aws-cdk-lib/assertions';
import { App } from 'aws-cdk-lib/core';
import { writtenStages } from '../../lib/config.ts';
import { Sealroot, type SealrootStacks } from '../../lib/sealroot.ts';

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

/** The stacks of stages with these settings over their defaults, in an app of their own. */
function stages(written: readonly object[]): Sealroot[] {
  // The content of a bundle makes no difference to a template but a hash: the sources stand in for it.
  const context = { 'aws:cdk:bundling-stacks': [] };
  const app = new App({ context, builtinCloudFormationValidation: false, analyticsReporting: false });
  return writtenStages({ stages: written }).map(({ name, account, region, ...settings }) => {
    const env = account === undefined || region === undefined ? {} : { env: { account, region } };
    return new Sealroot(app, name, { ...settings, ...env, stage: name });
  });
}

export const stacksOf = (settings: object): SealrootStacks => stages([settings])[0]!.stacks;

/** Synthesizes stages, with these settings over their defaults; templates by name of stage. */
export function synthesize(...written: object[]): Record<string, Templates> {
  return Object.fromEntries(stages(written).map(({ node, stacks }) => [node.id, templatesOf(stacks)]));
}

export const templatesOf = (stacks: SealrootStacks): Templates => ({
  network: Template.fromStack(stacks.network),
  preseed: Template.fromStack(stacks.preseed),
  keyserver: Template.fromStack(stacks.keyserver),
  operator: Template.fromStack(stacks.operator),
  image: Template.fromStack(stacks.image),
  fleet: Template.fromStack(stacks.fleet),
  access: Template.fromStack(stacks.access),
});

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

/** A value of a template as one line: joins are joined, references are `<Name>` or `<Name.Attribute>`. */
export function text(value: Json): string {
  if (typeof value === 'string') return value;
  if (value?.Ref !== undefined) return `<${value.Ref}>`;
  if (value?.['Fn::Join'] !== undefined) return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
  if (value?.['Fn::GetAtt'] !== undefined) return `<${value['Fn::GetAtt'].join('.')}>`;
  return JSON.stringify(value, (_, member: Json) =>
    member !== value && isText(member) ? text(member) : member,
  );
}

const isText = (value: Json): boolean =>
  ['Ref', 'Fn::Join', 'Fn::GetAtt'].some((name) => value?.[name] !== undefined);
