import { isNativeError } from 'node:util/types';

const UNREACHABLE =
  /^(ECONN\w+|EPIPE|EPROTO|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ERR_TLS\w*|\w*CERT\w*)$/;

/** Whether an error says that the other side was not reached or did not answer, rather than that it said no. */
export function isConnectionError(error: unknown): error is Error {
  if (!isNativeError(error)) return false;
  if (error.name === 'TimeoutError' || error.message === 'socket hang up') return true;
  return 'code' in error && typeof error.code === 'string' && UNREACHABLE.test(error.code);
}
