import { randomUUID } from 'node:crypto';
import { AwsError } from './contracts/errors.ts';
import type { HttpResponse } from './contracts/http.ts';

/** The protocols that AWS APIs speak, as far as they differ in how an error looks. */
export type Protocol = 'json' | 'query' | 'ec2' | 'rest';

/** Codes for which the protocols have different names; the other codes are the same everywhere. */
const CODES: Readonly<Record<string, Readonly<Record<Protocol, string>>>> = {
  AccessDenied: {
    json: 'AccessDeniedException',
    query: 'AccessDenied',
    ec2: 'UnauthorizedOperation',
    rest: 'AccessDeniedException',
  },
  ExpiredToken: {
    json: 'ExpiredTokenException',
    query: 'ExpiredToken',
    ec2: 'RequestExpired',
    rest: 'ExpiredTokenException',
  },
  IncompleteSignature: {
    json: 'IncompleteSignatureException',
    query: 'IncompleteSignature',
    ec2: 'AuthFailure',
    rest: 'IncompleteSignatureException',
  },
  InvalidSignature: {
    json: 'InvalidSignatureException',
    query: 'SignatureDoesNotMatch',
    ec2: 'AuthFailure',
    rest: 'InvalidSignatureException',
  },
  MissingAuthenticationToken: {
    json: 'MissingAuthenticationTokenException',
    query: 'MissingAuthenticationToken',
    ec2: 'AuthFailure',
    rest: 'MissingAuthenticationTokenException',
  },
  UnrecognizedClient: {
    json: 'UnrecognizedClientException',
    query: 'InvalidClientTokenId',
    ec2: 'AuthFailure',
    rest: 'UnrecognizedClientException',
  },
};

export function jsonResponse(
  status: number,
  body: unknown,
  type = 'application/x-amz-json-1.1',
): HttpResponse {
  return {
    status,
    headers: { 'content-type': type, 'x-amzn-requestid': randomUUID() },
    body: Buffer.from(JSON.stringify(body)),
  };
}

export function xmlResponse(status: number, body: string): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': randomUUID() },
    body: Buffer.from(body),
  };
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}

/** Writes an error as the protocol has it. Anything but an AwsError is a bug of the local cloud: 500, said nothing of. */
export function errorResponse(protocol: Protocol, error: unknown): HttpResponse {
  const known = error instanceof AwsError ? error : new AwsError('InternalFailure', 'internal failure', 500);
  const code = CODES[known.code]?.[protocol] ?? known.code;
  const request = randomUUID();
  switch (protocol) {
    case 'json':
      // These services answer 400 to everything that is the caller's fault.
      return jsonResponse(known.status >= 500 ? known.status : 400, { __type: code, message: known.message });
    case 'rest': {
      const member = known.code === 'AccessDenied' ? 'Message' : 'message';
      const answer = jsonResponse(known.status, { [member]: known.message }, 'application/json');
      return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': code } };
    }
    case 'ec2':
      return xmlResponse(
        known.status,
        `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${escapeXml(code)}</Code>` +
          `<Message>${escapeXml(known.message)}</Message></Error></Errors><RequestID>${request}</RequestID></Response>`,
      );
    case 'query':
      return xmlResponse(
        known.status,
        `<ErrorResponse><Error><Type>${known.status >= 500 ? 'Receiver' : 'Sender'}</Type>` +
          `<Code>${escapeXml(code)}</Code><Message>${escapeXml(known.message)}</Message></Error>` +
          `<RequestId>${request}</RequestId></ErrorResponse>`,
      );
  }
}

/** Body of an AWS JSON request. @throws AwsError `SerializationException` */
export function parseJson(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8') || '{}');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Answered below.
  }
  throw new AwsError('SerializationException', 'the body is not a JSON object');
}
