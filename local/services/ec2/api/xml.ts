import { randomUUID } from 'node:crypto';
import type { HttpResponse } from '../../../engine/contracts/http.ts';
import { writeElement, type Element } from '../../../engine/query-protocol.ts';
import { xmlResponse } from '../../../engine/responses.ts';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

export function actionResponse(action: string, content: Readonly<Record<string, Element>>): HttpResponse {
  const body = writeElement({ requestId: randomUUID(), ...content }, 'item');
  return xmlResponse(
    200,
    `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="${NAMESPACE}">${body}</${action}Response>`,
  );
}
