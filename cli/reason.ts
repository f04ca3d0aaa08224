import { InvalidArgumentError } from 'commander';
import { isA } from '../protocol/schema.ts';
import { Reason } from '../protocol/operator.ts';

/** The value of `--reason`: what the API takes, and not blank. @throws InvalidArgumentError */
export function reason(text: string): string {
  if (text.trim() === '' || !isA(Reason, text)) {
    throw new InvalidArgumentError('1 to 256 characters on one line, without control characters.');
  }
  return text;
}
