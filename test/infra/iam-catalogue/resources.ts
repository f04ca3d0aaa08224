import type { Statement } from '../app.ts';
import type { PolicyKind } from '../policy-documents.ts';
import type { ResourceType } from './catalogue.ts';
import { arnsOverlap } from './patterns.ts';

/** A member of a statement that is one text, a list, or absent. */
export const listed = (value: unknown): string[] => (value === undefined ? [] : ([value].flat() as string[]));

/** ARNs of a statement; none in a trust policy. API Gateway puts its own before what begins with `execute-api:/`. */
export function resourcesOf({ Resource, NotResource }: Statement, kind: PolicyKind): string[] {
  const resources = [...listed(Resource), ...listed(NotResource)];
  if (kind !== 'api') return resources;
  return resources.map((one) => one.replace(/^execute-api:\//, 'arn:*:execute-api:*:*:*/'));
}

/** Whether a resource of one of the types can have that ARN. */
export const isFor = (resource: string, types: readonly ResourceType[]): boolean =>
  types.some(({ arn }) => arnsOverlap(withoutVariables(resource), arn));

/** IAM puts a value in the place of a variable: any text. */
const withoutVariables = (resource: string): string => resource.replaceAll(/\$\{[^}]+\}/g, '*');
