import { randomUUID } from 'node:crypto';
import type { HttpResponse } from '../../../engine/contracts/http.ts';
import { escapeXml, xmlResponse } from '../../../engine/responses.ts';

/** Content of an answer. Members that are undefined are left out; a list becomes `<item>` elements. */
export type Element =
  string | number | boolean | undefined | readonly Element[] | { readonly [name: string]: Element };

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

export function actionResponse(action: string, content: Readonly<Record<string, Element>>): HttpResponse {
  const body = write({ requestId: randomUUID(), ...content });
  return xmlResponse(
    200,
    `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="${NAMESPACE}">${body}</${action}Response>`,
  );
}

function write(value: Element): string {
  if (value === undefined) return '';
  if (isList(value)) return value.map((item) => `<item>${write(item)}</item>`).join('');
  if (typeof value !== 'object') return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `<${name}>${write(member)}</${name}>`)
    .join('');
}

function isList(value: Element): value is readonly Element[] {
  return Array.isArray(value);
}
