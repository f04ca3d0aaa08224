import { expect, it } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { actionsOf, synthesizeOne, text, type Statement } from './app.ts';

/** Where a resource carries statements about who may do what. */
const POLICIES: readonly (readonly [type: string, member: string])[] = [
  ['AWS::IAM::Role', 'AssumeRolePolicyDocument'],
  ['AWS::IAM::Role', 'Policies'],
  ['AWS::IAM::Policy', 'PolicyDocument'],
  ['AWS::IAM::ManagedPolicy', 'PolicyDocument'],
  ['AWS::KMS::Key', 'KeyPolicy'],
  ['AWS::ApiGateway::RestApi', 'Policy'],
  ['AWS::EC2::VPCEndpoint', 'PolicyDocument'],
];

interface Document {
  readonly Statement: readonly Statement[];
}

function statementsOf(value: Document | readonly { PolicyDocument: Document }[] | undefined): Statement[] {
  if (value === undefined) return [];
  return 'Statement' in value
    ? [...value.Statement]
    : value.flatMap(({ PolicyDocument }) => [...PolicyDocument.Statement]);
}

/** One line a statement, short enough to be read in a review. */
function lines(template: Template): string[] {
  return POLICIES.flatMap(([type, member]) =>
    Object.entries(template.findResources(type)).flatMap(([id, resource]) =>
      statementsOf(resource['Properties'][member]).map(
        (statement) => `${id.replace(/[0-9A-F]{8}$/, '')}: ${line(statement)}`,
      ),
    ),
  );
}

function line(statement: Statement): string {
  const { Sid, Effect, Principal, NotAction, Resource, NotResource, Condition } = statement;
  const who = Principal === undefined ? '' : ` ${plain(Principal)}`;
  const when = Condition === undefined ? '' : ` when ${plain(Condition)}`;
  const what = NotAction === undefined ? actionsOf(statement) : ['all but', NotAction].flat();
  const where = NotResource === undefined ? Resource : ['all but', NotResource].flat();
  const on = where === undefined ? '' : ` on ${plain(where)}`;
  return `${Effect}${Sid === undefined ? '' : ` ${Sid}`}${who}: ${what.join(' ')}${on}${when}`;
}

/** Without the hashes that CDK puts behind logical ids: they change when a construct moves, and mean nothing here. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.keys(member).some((key) => key === 'Ref' || key.startsWith('Fn::')) ? text(member) : member;
  })
    .replaceAll(/(?<=[A-Za-z])[0-9A-F]{8}(?![0-9A-Za-z])/g, '')
    .replaceAll(/[0-9a-f]{64}(?=\.gz)/g, '<hash>')
    .replaceAll('"', '');
}

it.each(Object.entries(synthesizeOne()))('who may do what, by the %s template', (_, template) => {
  expect(`\n${lines(template).join('\n')}\n`).toMatchSnapshot();
});
