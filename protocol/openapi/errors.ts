import { ERRORS, type ErrorCode } from '../errors.ts';

const DESCRIPTIONS: Readonly<Record<ErrorCode, string>> = {
  malformed: 'Not the protocol; `field` says where',
  refused:
    'One body for every reason; the reason is in the audit log. Where IAM does not allow a request, API Gateway says so with a `message`.',
  'not-found': 'There is none',
  conflict: 'Not in a state in which that can be done; nothing has changed',
  pending: 'A person has to approve first; `request` is what is approved',
  throttled: 'Too many requests; API Gateway says so',
  unavailable:
    'Something that is needed does not answer; API Gateway says so when the Lambda fails or takes too long',
};

const pascal = (text: string): string =>
  text.replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase());

/**
 * Names the response of a code. People are told what to do about a conflict; an instance knows (SPEC.md section 17).
 */
export const responseName = (code: ErrorCode, isForPeople: boolean): string =>
  code === 'conflict' && isForPeople ? 'ConflictWithAdvice' : pascal(code);

/** A response for each error code. */
export function errorResponses(): object {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const plain = codes.map((code) => [responseName(code, false), response(code, [])] as const);
  const advised = [responseName('conflict', true), response('conflict', ['message'])] as const;
  return Object.fromEntries([...plain, advised].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function response(code: ErrorCode, more: readonly string[]): object {
  const said = [...(code === 'malformed' ? ['field'] : []), ...more];
  const text = { type: 'string' };
  return {
    description: DESCRIPTIONS[code],
    ...('retryAfter' in ERRORS[code] && {
      headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } },
    }),
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['code', 'request', ...said],
          additionalProperties: false,
          properties: {
            code: { const: code },
            request: text,
            ...Object.fromEntries(said.map((name) => [name, text])),
            ...(code === 'refused' && { message: text }),
          },
        },
      },
    },
  };
}
