import { ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import { isConnectionError } from '../aws/connection.ts';
import { Failure } from '../failure.ts';
import { plain } from '../terminal/text.ts';
import { parseErrorBody } from './parse.ts';
import type { Answer } from './transport.ts';

/** By what was called: a server is found in another list than a volume. */
const advice = (path: string): Partial<Record<ErrorCode, string>> => ({
  refused:
    'The operator API has to be allowed by IAM (execute-api:Invoke); see who you are: aws sts get-caller-identity',
  'not-found': `See what there is: npx sealroot ${listFor(path)}`,
  conflict: `Look again: npx sealroot ${listFor(path)}`,
  throttled: 'Try again in a minute.',
  unavailable: 'Try again in a minute.',
});

const listFor = (path: string): string => (path.startsWith('/v1/preseed/') ? 'preseed list' : 'keys list');

/**
 * What an answer other than 200 means, whether the API wrote it or something in front of it did.
 *
 * @param path of the route that was called.
 */
export function answerFailure(answer: Answer, path: string): Failure {
  const body = parseErrorBody(answer.body);
  if (body === undefined) return gatewayFailure(answer, path);
  const said = body.message === undefined ? '' : `: ${plain(body.message)}`;
  const field = body.field === undefined ? '' : ` (${plain(body.field)})`;
  const message = `The operator API answered ${body.code}${field}${said} (request ${plain(body.request)}).`;
  return new Failure(body.code, message, advice(path)[body.code]);
}

/** API Gateway's own answers: `{"message": ...}` or `{"Message": ...}`, or not JSON at all. */
function gatewayFailure(answer: Answer, path: string): Failure {
  const code = (Object.keys(ERRORS) as ErrorCode[]).find((known) => ERRORS[known].status === answer.status);
  const said = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/i.exec(answer.body)?.[1];
  const message = `The operator API answered ${answer.status}${said === undefined ? '' : `: ${plain(said)}`}.`;
  if (code !== undefined) return new Failure(code, message, advice(path)[code]);
  return new Failure(answer.status >= 500 ? 'unavailable' : 'unexpected', message);
}

/** No answer at all. An abort by Ctrl-C is passed on. */
export function connectionFailure(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted || !isConnectionError(error)) throw error;
  const why = error.name === 'TimeoutError' ? 'no answer in time' : error.message;
  return new Failure('unavailable', `The operator API cannot be reached: ${why}.`, undefined, error);
}
