import { ERRORS, type ErrorBody as Body, type ErrorCode } from './errors.ts';
import { object, oneOf, optional, text, type Schema } from './schema.ts';

/** The body of every answer that is not 200. */
export const ErrorBody: Schema<Body> = object({
  code: oneOf(...(Object.keys(ERRORS) as ErrorCode[])),
  request: text(),
  field: optional(text()),
  message: optional(text()),
});
export type ErrorBody = Body;
