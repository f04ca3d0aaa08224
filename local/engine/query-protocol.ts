import { randomUUID } from 'node:crypto';
import { AwsError } from './contracts/errors.ts';
import type { HttpResponse } from './contracts/http.ts';
import { escapeXml, xmlResponse } from './responses.ts';

/** Content of an answer. A list becomes `<member>` elements; what is undefined is left out. */
export type Members =
  string | number | boolean | readonly Members[] | { readonly [name: string]: Members | undefined };

/** An answer in the Query protocol. @param result absent for actions that answer nothing. */
export function queryResponse(namespace: string, action: string, result?: Members): HttpResponse {
  const content = result === undefined ? '' : `<${action}Result>${write(result)}</${action}Result>`;
  return xmlResponse(
    200,
    `<${action}Response xmlns="${namespace}">${content}` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
  );
}

/** @throws AwsError `ValidationError` */
export function required(input: URLSearchParams, name: string): string {
  const value = input.get(name);
  if (value !== null && value !== '') return value;
  throw constraint(null, name, 'Member must not be null');
}

/** AWS's words for a parameter that breaks a constraint of the API's model. */
export function constraint(value: string | null, name: string, broken: string): AwsError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const what = value === null ? 'Value' : `Value '${value}'`;
  return new AwsError(
    'ValidationError',
    `1 validation error detected: ${what} at '${member}' failed to satisfy constraint: ${broken}`,
  );
}

function write(value: Members): string {
  if (isList(value)) return value.map((member) => `<member>${write(member)}</member>`).join('');
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .map(([name, member]) => (member === undefined ? '' : `<${name}>${write(member)}</${name}>`))
    .join('');
}

function isList(value: Members): value is readonly Members[] {
  return Array.isArray(value);
}
