import { expect, it } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { actionsOf, synthesizeOne, text, type Statement } from './app.ts';

/** Where a resource carries statements about who may do what. */
const POLICIES: Readonly<Record<string, string>> = {
  'AWS::IAM::Policy': 'PolicyDocument',
  'AWS::KMS::Key': 'KeyPolicy',
  'AWS::ApiGateway::RestApi': 'Policy',
  'AWS::EC2::VPCEndpoint': 'PolicyDocument',
};

/** One line a statement, short enough to be read in a review. */
function lines(template: Template): string[] {
  return Object.entries(POLICIES).flatMap(([type, member]) =>
    Object.entries(template.findResources(type)).flatMap(([id, resource]) => {
      const properties = resource['Properties'] as Record<string, { Statement?: Statement[] } | undefined>;
      const statements = properties[member]?.Statement ?? [];
      return statements.map((statement) => `${id.replace(/[0-9A-F]{8}$/, '')}: ${line(statement)}`);
    }),
  );
}

function line({ Sid, Effect, Principal, Action, Resource, Condition }: Statement): string {
  const who = Principal === undefined ? '' : ` ${plain(Principal)}`;
  const when = Condition === undefined ? '' : ` when ${plain(Condition)}`;
  const actions = actionsOf({ Effect, Action }).join(' ');
  return `${Effect}${Sid === undefined ? '' : ` ${Sid}`}${who}: ${actions} on ${plain(Resource)}${when}`;
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
