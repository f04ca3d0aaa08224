import { randomUUID } from 'node:crypto';
import { AwsError } from './contracts/errors.ts';
import type { HttpResponse } from './contracts/http.ts';
import { QueryParameters } from './query-parameters.ts';
import { escapeXml, xmlResponse } from './responses.ts';

/** Content of a response in XML. What is undefined is left out. */
export type Element =
  string | number | boolean | undefined | readonly Element[] | { readonly [name: string]: Element };

/** @param item name of the elements that a list becomes: `member` in IAM and STS, `item` in EC2. */
export function writeElement(value: Element, item: 'member' | 'item'): string {
  if (value === undefined) return '';
  if (isList(value)) return value.map((each) => `<${item}>${writeElement(each, item)}</${item}>`).join('');
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `<${name}>${writeElement(member, item)}</${name}>`)
    .join('');
}

function isList(value: Element): value is readonly Element[] {
  return Array.isArray(value);
}

/** A response of IAM or STS. @param result absent for actions that answer nothing. */
export function queryResponse(namespace: string, action: string, result?: Element): HttpResponse {
  const content =
    result === undefined ? '' : `<${action}Result>${writeElement(result, 'member')}</${action}Result>`;
  return xmlResponse(
    200,
    `<${action}Response xmlns="${namespace}">${content}` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
  );
}

/** Parameters of a request to IAM or STS, refused in their words. */
export const queryParameters = (body: Buffer): QueryParameters =>
  QueryParameters.parse(body.toString('utf8'), {
    missing: (name) => constraint(undefined, name, 'Member must not be null'),
    outOfRange: (name, value, least, most) => {
      const limit =
        Number(value) > most
          ? `less than or equal to ${String(most)}`
          : `greater than or equal to ${String(least)}`;
      return constraint(value, name, `Member must have value ${limit}`);
    },
  });

/** The error for a parameter that breaks a constraint of the API's model, in AWS's words. */
export function constraint(value: string | undefined, name: string, broken: string): AwsError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const what = value === undefined ? 'Value' : `Value '${value}'`;
  return new AwsError(
    'ValidationError',
    `1 validation error detected: ${what} at '${member}' failed to satisfy constraint: ${broken}`,
  );
}
