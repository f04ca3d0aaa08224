import { ERRORS, EXIT, type ErrorCode } from '../protocol/errors.ts';

export type FailureCode = ErrorCode | keyof typeof EXIT;

/** Makes a command line to try of `keys list`: with the program's name, and this invocation's stage and `--local`. */
export type Suggest = (words: string) => string;

/** Advice about a failure. Commands in it come from `suggest`, which knows the stage and whether it is local; the thrower does not. */
export type Advice = string | ((suggest: Suggest) => string);

/** A failure that the CLI expects: what happened, and what to do about it. Anything else thrown is a bug. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly advice: Advice | undefined;

  constructor(code: FailureCode, message: string, advice?: Advice, cause?: unknown) {
    super(message, { cause });
    this.name = 'Failure';
    this.code = code;
    this.advice = advice;
  }

  get exit(): number {
    return exitOf(this.code);
  }

  adviceWith(suggest: Suggest): string | undefined {
    return typeof this.advice === 'function' ? this.advice(suggest) : this.advice;
  }
}

export function exitOf(code: FailureCode): number {
  return code in ERRORS ? ERRORS[code as ErrorCode].exit : EXIT[code as keyof typeof EXIT];
}
