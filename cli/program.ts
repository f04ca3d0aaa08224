import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import type { Context } from './context.ts';
import { addHelp } from './help.ts';
import { addInstanceCommands } from './instances/command.ts';
import { addKeysCommands } from './keys/command.ts';
import { clone } from './local/clone.ts';
import { addLocalCommands } from './local/command.ts';
import { applyToEnvironment, createSession, type Globals, type Session } from './session.ts';

/**
 * Wraps what a command does for commander: the session first, then the arguments and options as declared.
 * A number that it returns is the exit code.
 */
export type Action = <A extends unknown[]>(
  perform: (session: Session, ...args: A) => Promise<unknown>,
) => (...args: unknown[]) => Promise<void>;

/** Builds the command tree. Cheap: what a command does, and the SDK that it needs, is loaded when it runs. */
export function createProgram(context: Context, exit: (code: number) => void): Command {
  const program = new Command('sealroot')
    .description('Instances with an encrypted root, and the keys that they boot with')
    .version(version())
    .option('--stage <name>', 'stage to work on (default: SEALROOT_STAGE, else dev)')
    .addOption(new Option('--region <name>', 'AWS region'))
    .addOption(new Option('--profile <name>', 'AWS profile'))
    .addOption(new Option('--local', 'work on the local cloud').conflicts(['region', 'profile']))
    .option('--json', 'print JSON, for scripts (docs/cli.md)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Add --help to see what there is.')
    .helpCommand(false);

  const action: Action =
    <A extends unknown[]>(perform: (session: Session, ...args: A) => Promise<unknown>) =>
    async (...given: unknown[]) => {
      const globals = program.opts<Globals>();
      applyToEnvironment(context.env, globals);
      if (globals.local) {
        const { findDaemon, useDaemon } = await import('./local/daemon.ts');
        useDaemon(context.env, findDaemon(context.cwd, clone));
      }
      // commander appends the command itself.
      const result = await perform(createSession(context, globals), ...(given.slice(0, -1) as A));
      if (typeof result === 'number') exit(result);
    };

  addInstanceCommands(program, action);
  addKeysCommands(program, action);
  addLocalCommands(program, action);
  addHelp(program, new Argument('[topic...]', 'a command, or exit-codes'), context);
  return program;
}

function version(): string {
  return (JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as { version: string }).version;
}
