import { expect, it } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { actionsOf, synthesizeOne, text, type Statement } from './app.ts';
import { policyStatements } from './policy-documents.ts';

/** One line a statement, short enough to be read in a review. */
function lines(template: Template): string[] {
  return policyStatements(template).map(
    ({ logicalId, statement }) => `${logicalId.replace(/[0-9A-F]{8}$/, '')}: ${line(statement)}`,
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
