import { ErrorBody } from '../../protocol/error-body.ts';
import { ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import { MalformedError, parseJson } from '../../protocol/schema.ts';
import { isConnectionError } from '../aws/connection.ts';
import { Failure, type Advice } from '../failure.ts';
import { plain } from '../terminal/text.ts';
import type { HttpResponse } from './transport.ts';

/** By what was called: a server is found in another list than a volume. */
const advice = (path: string): Partial<Record<ErrorCode, Advice>> => ({
  refused:
    'The operator API has to be allowed by IAM (execute-api:Invoke); see who you are: aws sts get-caller-identity',
  'not-found': (suggest) => `See what there is: ${suggest(listFor(path))}`,
  conflict: (suggest) => `Look again: ${suggest(listFor(path))}`,
  throttled: 'Try again in a minute.',
  unavailable: 'Try again in a minute.',
});

const listFor = (path: string): string => (path.startsWith('/v1/preseed/') ? 'preseed list' : 'keys list');

/**
 * The meaning of a response other than 200, whether the API wrote it or something in front of it did.
 *
 * @param path of the route that was called.
 */
export function responseFailure(response: HttpResponse, path: string): Failure {
  const body = errorBody(response.body);
  if (body === undefined) return foreignFailure(response, path);
  const said = body.message === undefined ? '' : `: ${plain(body.message)}`;
  const field = body.field === undefined ? '' : ` (${plain(body.field)})`;
  const message = `The operator API answered ${body.code}${field}${said} (request ${plain(body.request)}).`;
  return new Failure(body.code, message, advice(path)[body.code]);
}

function errorBody(text: string): ErrorBody | undefined {
  try {
    return parseJson(ErrorBody, text);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** Of something in between: `{"message": ...}` or `{"Message": ...}`, as AWS writes it, or not JSON at all. */
function foreignFailure(response: HttpResponse, path: string): Failure {
  const code = (Object.keys(ERRORS) as ErrorCode[]).find((known) => ERRORS[known].status === response.status);
  const said = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/i.exec(response.body)?.[1];
  const message = `The operator API answered ${response.status}${said === undefined ? '' : `: ${plain(said)}`}.`;
  if (code !== undefined) return new Failure(code, message, advice(path)[code]);
  return new Failure(response.status >= 500 ? 'unavailable' : 'unexpected', message);
}

/** No answer at all. An abort by Ctrl-C is passed on. */
export function connectionFailure(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted || !isConnectionError(error)) throw error;
  const why = error.name === 'TimeoutError' ? 'no answer in time' : error.message;
  return new Failure('unavailable', `The operator API cannot be reached: ${why}.`, undefined, error);
}
