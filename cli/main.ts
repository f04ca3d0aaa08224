import { CommanderError } from 'commander';
import { EXIT } from '../protocol/errors.ts';
import type { Context } from './context.ts';
import { Failure } from './failure.ts';
import { createProgram } from './program.ts';
import { suggestWith, type Globals } from './session.ts';

/**
 * Runs one command line.
 *
 * @param argv without the program's name.
 * @returns the exit code; errors have been written to stderr by then.
 */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  let exit: number = EXIT.ok;
  const program = createProgram(context, (code) => (exit = code));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    // commander has written its message; help and version that were asked for are no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (context.signal.aborted) return EXIT.interrupted;
    const globals = program.opts<Globals>();
    const failure = await expected(error, globals.local ?? false);
    if (failure === undefined) return unexpected(error, context);
    context.stderr.write(`sealroot: ${failure.message}\n`);
    const advice = failure.adviceWith(suggestWith(globals));
    if (advice !== undefined) context.stderr.write(`  ${advice}\n`);
    return failure.exit;
  }
}

async function expected(error: unknown, local: boolean): Promise<Failure | undefined> {
  if (error instanceof Failure) return error;
  const { awsFailure } = await import('./aws/failures.ts');
  return awsFailure(error, local);
}

function unexpected(error: unknown, context: Context): number {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  context.stderr.write(`sealroot: unexpected failure: ${message}\n`);
  if (context.env['SEALROOT_DEBUG'] && error instanceof Error) context.stderr.write(`${error.stack ?? ''}\n`);
  else context.stderr.write('  Repeat the command with SEALROOT_DEBUG=1 to see where.\n');
  return EXIT.unexpected;
}
