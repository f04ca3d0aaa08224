import { ERRORS, EXIT, type ErrorCode } from '../protocol/errors.ts';

export type FailureCode = ErrorCode | keyof typeof EXIT;

/** A failure that the CLI expects: what happened, and what to do about it. Anything else thrown is a bug. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly advice: string | undefined;

  constructor(code: FailureCode, message: string, advice?: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'Failure';
    this.code = code;
    this.advice = advice;
  }

  get exit(): number {
    return exitOf(this.code);
  }
}

export function exitOf(code: FailureCode): number {
  return code in ERRORS ? ERRORS[code as ErrorCode].exit : EXIT[code as keyof typeof EXIT];
}
