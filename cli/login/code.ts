import type { Context } from '../context.ts';
import { TOTP_STEP_SECONDS } from '../../protocol/totp.ts';
import { Failure } from '../failure.ts';
import type { Session } from '../session.ts';

/** Source of the six digits. */
export interface CodeSource {
  /** @param refusal why the last one was of no use; undefined at first. @throws Failure when there is none to be had. */
  next(refusal?: string): Promise<string>;
  close(): void;
}

export interface CodeOptions {
  readonly code?: string;
  readonly codeCommand?: string;
}

const isCode = (text: string): boolean => /^\d{6}$/.test(text);
/** Milliseconds: a password manager may ask to be unlocked. */
const COMMAND_TIMEOUT = 120_000;
/** Milliseconds, so that a clock that is a little ahead does not show the old code again. */
const MARGIN = 500;

/**
 * @param question for a person at the terminal.
 * @param command what that person would run there.
 * @throws Failure `usage` for a code that cannot be one, or when nobody is there to be asked.
 */
export function codeSource(
  session: Session,
  options: CodeOptions,
  question: string,
  command: string,
): CodeSource {
  if (options.code !== undefined) return given(options.code);
  if (options.codeCommand !== undefined) return fromCommand(session.context, options.codeCommand);
  return prompt(session, question, command);
}

function given(code: string): CodeSource {
  if (!isCode(code)) throw new Failure('usage', 'The code of an MFA device has six digits.');
  return {
    next: async (refusal) => {
      if (refusal === undefined) return code;
      throw new Failure('refused', refusal, 'Repeat the command with the next code.');
    },
    close: () => undefined,
  };
}

function fromCommand(context: Context, command: string): CodeSource {
  return {
    next: async (refusal) => {
      if (refusal !== undefined) await context.sleep(untilNextCode(context.now()));
      const { status, stdout } = await context
        .capture('/bin/sh', ['-c', command], { timeout: COMMAND_TIMEOUT })
        .catch((error: unknown) => {
          if (context.signal.aborted) throw error;
          throw new Failure('usage', 'The code command did not end, or could not be run.', undefined, error);
        });
      const code = stdout.split('\n', 1)[0]?.trim() ?? '';
      if (status !== 0) throw new Failure('usage', `The code command failed with exit code ${status}.`);
      if (!isCode(code))
        // The program's output may be a secret: it is not repeated here.
        throw new Failure('usage', 'The code command did not print six digits in its first line.');
      return code;
    },
    close: () => undefined,
  };
}

function prompt(session: Session, question: string, command: string): CodeSource {
  const terminal = session.context.terminal();
  if (terminal === undefined)
    throw new Failure(
      'usage',
      'An MFA code is needed, and there is no terminal to ask for it.',
      `Run it in a terminal (${session.suggest(command)}), or add --code-command COMMAND`,
    );
  return {
    next: async (refusal) => {
      if (refusal !== undefined) terminal.write(`${refusal} ${nextCode(session.context.now())}\n`);
      for (;;) {
        const code = (await terminal.ask(question)).replaceAll(/\s/g, '');
        if (isCode(code)) return code;
        if (code === '') throw new Failure('interrupted', 'No code was given.');
        terminal.write('A code has six digits.\n');
      }
    },
    close: () => terminal.close(),
  };
}

const nextCode = (now: number): string => `The next one shows in ${Math.ceil(untilNextCode(now) / 1000)} s.`;

/** Milliseconds until the device shows another code (RFC 6238: they change at multiples of the step since the epoch). */
export function untilNextCode(now: number): number {
  const step = TOTP_STEP_SECONDS * 1000;
  return step - (now % step) + MARGIN;
}
