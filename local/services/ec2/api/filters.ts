import { AwsError } from '../../../engine/contracts/errors.ts';
import type { QueryParameters } from '../../../engine/query-parameters.ts';

/** Values of a resource by filter name; of several values one has to match. */
export type Filterable<T> = Readonly<Record<string, (resource: T) => readonly string[]>>;

/**
 * Keeps the resources that match every `Filter` of the request: values may contain `*` and `?`. All kinds can be filtered by
 * `tag:KEY` and `tag-key`.
 *
 * @throws AwsError InvalidParameterValue for a filter that is not known: to ignore it would show what was filtered out.
 */
export function filtered<T extends { readonly tags: Readonly<Record<string, string>> }>(
  resources: readonly T[],
  parameters: QueryParameters,
  known: Filterable<T>,
): readonly T[] {
  const filters = parameters.structures('Filter').map((filter) => {
    const name = filter.require('Name');
    return { read: reader(name, known), patterns: filter.list('Value').map(wildcard) };
  });
  return resources.filter((resource) =>
    filters.every(({ read, patterns }) =>
      read(resource).some((value) => patterns.some((pattern) => pattern.test(value))),
    ),
  );
}

function reader<T extends { readonly tags: Readonly<Record<string, string>> }>(
  name: string,
  known: Filterable<T>,
): (resource: T) => readonly string[] {
  if (name === 'tag-key') return ({ tags }) => Object.keys(tags);
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return ({ tags }) => (tags[key] === undefined ? [] : [tags[key]]);
  }
  const read = Object.hasOwn(known, name) ? known[name] : undefined;
  if (read === undefined) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return read;
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

/**
 * One page of a list.
 *
 * @throws AwsError InvalidParameterValue, InvalidNextToken
 */
export function page<T>(
  items: readonly T[],
  parameters: QueryParameters,
): { readonly items: readonly T[]; readonly nextToken: string | undefined } {
  const size = parameters.integer('MaxResults', 1, 1000) ?? items.length;
  const token = parameters.get('NextToken');
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(start) || start < 0)
    throw new AwsError('InvalidNextToken', 'The token is not valid.');
  const end = start + size;
  return {
    items: items.slice(start, end),
    nextToken: end < items.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
}
